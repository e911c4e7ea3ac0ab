namespace HardenedService.Operations.Databases;

/// <summary>The statements of provisioning, each of which may be run again at any time.</summary>
internal static class ProvisioningSql
{
    /// <summary>Creates the roles, and corrects what differs. Passwords are set apart.</summary>
    public const string Roles = $"""
        do $$
        declare
          role record;
        begin
          for role in
            select *
            from (values
              ('{DatabaseRoles.Owner}', false),
              ('{DatabaseRoles.App}', false),
              ('{DatabaseRoles.Operator}', true)
            ) as wanted (name, reads_everything)
          loop
            if not exists (select from pg_roles where rolname = role.name) then
              execute format(
                'create role %I login %s',
                role.name,
                case when role.reads_everything then 'bypassrls replication' end);
            end if;

            -- Only a superuser may name these attributes, even to leave them as they are.
            if not exists (
              select
              from pg_roles
              where rolname = role.name
                and rolcanlogin
                and not rolsuper
                and not rolcreaterole
                and not rolcreatedb
                and rolbypassrls = role.reads_everything
                and rolreplication = role.reads_everything
            ) then
              execute format(
                'alter role %I login nosuperuser nocreaterole nocreatedb %s',
                role.name,
                case when role.reads_everything then 'bypassrls replication' else 'nobypassrls noreplication' end);
            end if;
          end loop;

          -- Whoever gives a database to a role must be a member of it, superusers apart.
          if not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant {DatabaseRoles.Owner} to %I', current_user);
          end if;
        end
        $$;
        """;

    /// <summary>Whether the API's password was ever rotated. From then on it is the rotation's: what provisioning is given may be one that was retired.</summary>
    public const string IsRotated = $"exists (select from pg_roles where rolname = '{DatabaseRoles.AlternateApp}')";

    /// <summary>Sets a role's password from its <see cref="ScramVerifier"/>.</summary>
    public static string Password(string role, string verifier) => $"alter role {role} password '{verifier}';";

    /// <summary>Sets the password of <see cref="DatabaseRoles.App"/>, unless it <see cref="IsRotated"/>.</summary>
    public static string AppPassword(string verifier) => $"""
        do $$
        begin
          if not {IsRotated} then
            {Password(DatabaseRoles.App, verifier)}
          end if;
        end
        $$;
        """;

    /// <summary>Lets the role that nobody uses log in with a new password.</summary>
    public static string Enlist(string role, string verifier) => role == DatabaseRoles.App ? Password(role, verifier) : $"""
        do $$
        begin
          if not exists (select from pg_roles where rolname = '{role}') then
            create role {role};
            grant {DatabaseRoles.App}
              to {role};
          end if;

          execute format(
            'alter role {role} login connection limit %s',
            (select rolconnlimit from pg_roles where rolname = '{DatabaseRoles.App}'));
          {Password(role, verifier)}
        end
        $$;
        """;

    /// <summary>Takes a role's password away. What the other one belongs to goes on logging in where no password is asked for, as in a drill.</summary>
    public static string Retire(string role) => $"alter role {role} {(role == DatabaseRoles.App ? "" : "nologin ")}password null;";

    /// <summary>Creates the database; PostgreSQL has no "if not exists" for it.</summary>
    public static string CreateDatabase(string database) =>
        $"create database {Identifier(database)} owner {DatabaseRoles.Owner} template template0 encoding 'UTF8';";

    /// <summary>Who owns the database and who may enter it.</summary>
    public static string Access(string database) => $"""
        alter database {Identifier(database)}
          owner to {DatabaseRoles.Owner};
        revoke connect, temporary on database {Identifier(database)}
          from public;
        grant connect on database {Identifier(database)}
          to {DatabaseRoles.App}, {DatabaseRoles.Operator};
        """;

    /// <summary>To be run inside the database: nothing for everyone, and reading for the operator of all that will come.</summary>
    public const string Privileges = $"""
        revoke create on schema public
          from public;
        alter default privileges for role {DatabaseRoles.Owner}
          grant usage on schemas to {DatabaseRoles.Operator};
        alter default privileges for role {DatabaseRoles.Owner}
          grant select on tables to {DatabaseRoles.Operator};
        alter default privileges for role {DatabaseRoles.Owner}
          grant select on sequences to {DatabaseRoles.Operator};
        """;

    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
