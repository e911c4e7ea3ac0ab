using System.Globalization;
using System.Text;
using HardenedService.Platform.Privacy;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Conformance;

/// <summary>What is stored of people is known: to the export, to the deletion, and to whoever reads the document.</summary>
public sealed class PersonalDataConformanceTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Heading = "## Tables\n";

    [Fact]
    public async Task Every_table_that_tells_of_a_person_is_answered_for() => Assert.Empty(await FaultsAsync("select 1"));

    [Theory]
    [InlineData("owner uuid references identity.accounts (id)", "(owner)")]
    [InlineData("account_id uuid", "(account_id)")]
    [InlineData("user_id uuid", "(user_id)")]
    [InlineData("actor_id uuid", "(actor_id)")]
    [InlineData("subject_id uuid", "(subject_id)")]
    [InlineData("email text, normalized_email text", "(email, normalized_email)")]
    [InlineData("ip inet, user_agent text", "(ip, user_agent)")]
    public async Task A_table_that_nobody_answers_for_is_named(string columns, string named) => Assert.Equal(
        $"planted.rows tells of a person {named}, and nothing exports or erases it: name it among the Tables of an IPersonalData, and register that by builder.AddPersonalData<…>().",
        Assert.Single(await FaultsAsync($"create schema planted; create table planted.rows (id uuid, {columns})")));

    [Theory]
    [InlineData("")]
    [InlineData("references tenancy.organizations (id)")]
    public async Task A_table_whose_rows_outlive_their_organization_is_named(string reference) => Assert.StartsWith(
        "planted.rows keeps its rows",
        Assert.Single(await FaultsAsync($"create schema planted; create table planted.rows (organization_id uuid {reference})")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("planted.gone", "gone", "Planted answers for planted.gone, which does not exist")]
    [InlineData("identity.sessions", "mine", "identity.sessions is answered for by AccountData and Planted")]
    [InlineData("migrations.version_info", "sessions", "The section sessions of the export shows identity.sessions and migrations.version_info")]
    public async Task A_part_that_answers_for_the_wrong_table_is_named(string table, string section, string fault) =>
        Assert.StartsWith(fault, Assert.Single(await FaultsAsync("select 1", new Planted(table, section))), StringComparison.Ordinal);

    [Fact]
    public async Task The_document_names_the_tables_of_the_code()
    {
        var table = Table((await PersonalTables.PartsAsync(api.Api)).SelectMany(part => part.Tables));

        await GeneratedDocument.IsUpToDateAsync(
            "personal-data.md",
            "the Tables of every IPersonalData",
            documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + table);
    }

    private async Task<IReadOnlyList<string>> FaultsAsync(string change, params IReadOnlyCollection<IPersonalData> further)
    {
        await using var connection = await Sql.OpenAsync(api.Database.AdminConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Sql.RunAsync(connection, change);

        return await PersonalTables.FaultsAsync(connection, [.. await PersonalTables.PartsAsync(api.Api), .. further]);
    }

    private static string Table(IEnumerable<PersonalTable> tables)
    {
        var table = new StringBuilder("\n| table | what it tells | what for | how long | in the export | when the account is deleted |\n| --- | --- | --- | --- | --- | --- |\n");

        foreach (var row in tables.OrderBy(row => row.Name, StringComparer.Ordinal))
        {
            table.Append(CultureInfo.InvariantCulture, $"| `{row.Name}` | {row.Holds} | {row.Purpose} | {row.Kept} | `{row.Section}` | {row.Erasure} |\n");
        }

        return table.ToString();
    }

    private sealed class Planted(string table, string section) : IPersonalData
    {
        public IReadOnlyList<PersonalTable> Tables => [new(table, section) { Holds = "", Purpose = "", Kept = "", Query = "" }];

        public Task EraseAsync(Guid userId, CancellationToken cancel) => Task.CompletedTask;
    }
}
