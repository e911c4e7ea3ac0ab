using HardenedService.Operations.Databases;
using Npgsql;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A database of one test or test class; dropped at the end, whoever is still connected.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _server;
    private readonly RolePasswords _passwords;

    internal TestDatabase(string server, string name, RolePasswords passwords)
    {
        _server = server;
        _passwords = passwords;
        Name = name;
    }

    public string Name { get; }

    /// <summary>As the superuser, for looking at what was stored.</summary>
    public string AdminConnectionString => With(_ => { });

    public string OwnerConnectionString => As(DatabaseRoles.Owner, _passwords.Owner);

    public string AppConnectionString => As(DatabaseRoles.App, _passwords.App);

    public string OperatorConnectionString => As(DatabaseRoles.Operator, _passwords.Operator);

    public async ValueTask DisposeAsync()
    {
        foreach (var used in new[] { AdminConnectionString, OwnerConnectionString, AppConnectionString, OperatorConnectionString })
        {
            await using var connection = new NpgsqlConnection(used);
            NpgsqlConnection.ClearPool(connection);
        }

        await using var server = new NpgsqlConnection(_server);
        await server.OpenAsync();
        await using var drop = new NpgsqlCommand($"drop database if exists {ProvisioningSql.Identifier(Name)} with (force)", server);
        await drop.ExecuteNonQueryAsync();
    }

    private string As(string role, string password) => With(connection =>
    {
        connection.Username = role;
        connection.Password = password;
    });

    private string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var connection = new NpgsqlConnectionStringBuilder(_server) { Database = Name, MaxPoolSize = 20, Pooling = true };
        change(connection);
        return connection.ConnectionString;
    }
}
