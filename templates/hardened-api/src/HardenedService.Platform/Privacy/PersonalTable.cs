namespace HardenedService.Platform.Privacy;

/// <summary>A table that tells something of people. <c>docs/personal-data.md</c> is made from these.</summary>
/// <param name="Name">The table, with its schema: <c>identity.sessions</c>.</param>
/// <param name="Section">The member of the export that shows its rows, no other table's: <c>sessions</c>.</param>
public sealed record PersonalTable(string Name, string Section)
{
    /// <summary>What it tells of a person, in words for people.</summary>
    public required string Holds { get; init; }

    /// <summary>What that is needed for.</summary>
    public required string Purpose { get; init; }

    /// <summary>How long it is kept while the account exists.</summary>
    public required string Kept { get; init; }

    /// <summary>What the deletion of the account does to it. Default: deleted.</summary>
    public string Erasure { get; init; } = "deleted";

    /// <summary>
    /// The rows of a person for the export, as SQL, the newest first: <c>$1</c> is the account. It runs as that person, in no organization.
    /// It leaves out secrets, hashes and keys: an export lies about in downloads.
    /// </summary>
    public required string Query { get; init; }
}
