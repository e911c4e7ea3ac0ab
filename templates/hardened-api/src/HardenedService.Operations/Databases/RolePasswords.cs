namespace HardenedService.Operations.Databases;

/// <summary>The passwords of the three roles, in printable ASCII.</summary>
internal sealed record RolePasswords(string Owner, string App, string Operator)
{
    /// <summary>Tells nothing: a record would print its members into the first log that it meets.</summary>
    public override string ToString() => nameof(RolePasswords);
}
