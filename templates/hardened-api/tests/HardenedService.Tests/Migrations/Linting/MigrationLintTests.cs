using System.Reflection;
using System.Text;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Migrations.Linting;
using HardenedService.Tests.Migrations.Planted;

namespace HardenedService.Tests.Migrations.Linting;

/// <summary>What is found, and the one way round it.</summary>
public sealed class MigrationLintTests
{
    private const string Drop = "alter table a.b drop column c;";

    [Fact]
    public void The_migrations_of_this_service_pass() => Assert.Empty(CatalogLint.Check(MigrationCatalog.Own));

    [Fact]
    public async Task Migrate_lint_fails_with_all_findings()
    {
        await using var output = new StringWriter();

        var failure = await Assert.ThrowsAsync<MigrationException>(() => LintCommand.CheckAsync(PlantedMigrations.Catalog, output));

        Assert.Equal("1 found in the scripts of the migrations; docs/migrations.md explains each.", failure.Message);
        Assert.StartsWith("M9006_Unsafe.up.sql:2: create-index: ", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_finding_names_file_line_rule_reason_and_what_to_do_instead()
    {
        var finding = Assert.Single(Check("create table a.d (\n  e int\n);\n\nalter table a.b\n  add column f int null,\n  alter column c set not null;\n"));

        Assert.StartsWith("M0012_Planted.up.sql:7: set-not-null: ", finding.ToString(), StringComparison.Ordinal);
        Assert.Contains("reads the whole table", finding.Message, StringComparison.Ordinal);
        Assert.Contains("validate constraint invoices_number_not_null;\n", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assurance_lets_its_statement_pass_and_no_other()
    {
        var script = Script($"-- safety-assured: nothing reads it since release 42\n{Drop}\n{Drop}\n");

        Assert.Equal((3, "drop"), Assert.Single(MigrationLint.Check(script).Select(finding => (finding.Line, finding.Id))));
        Assert.Equal(new AssuredStatement(script.File, 2, "drop", "nothing reads it since release 42"), Assert.Single(MigrationLint.Assured(script)));
    }

    [Theory]
    [InlineData($"-- safety-assured:\n{Drop}", "without a reason")]
    [InlineData($"-- safety-assured:   \n{Drop}", "without a reason")]
    [InlineData("-- safety-assured: it is fine\nselect 1;", "above what no rule refuses")]
    [InlineData($"select 1;\n-- safety-assured: it is fine", "directly above no statement")]
    public void An_assurance_has_a_reason_and_something_to_assure(string sql, string fault)
    {
        var finding = Assert.Single(Check(sql));

        Assert.Equal("assurance", finding.Id);
        Assert.Contains(fault, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_sql_is_refused_with_its_line()
    {
        var finding = Assert.Single(Check("select 1;\nselect 'x;\nselect 2;\n"));

        Assert.Equal("M0012_Planted.up.sql:2: syntax: a quote ' that begins here has no end.", finding.ToString());
        Assert.Empty(MigrationLint.Assured(Script("'")));
    }

    [Fact]
    public void A_script_is_the_same_with_crlf_or_cr_and_a_byte_order_mark()
    {
        var plain = MigrationScript.Read(new Resource("select 'a\nb';\n"u8.ToArray()), "M1_A.up.sql");
        var marked = MigrationScript.Read(new Resource([.. Encoding.UTF8.Preamble, .. "select 'a\r\nb';\r\n"u8]), "M1_A.up.sql");
        var older = MigrationScript.Read(new Resource([.. "select 'a\rb';\r"u8]), "M1_A.up.sql");

        Assert.Equal("select 'a\nb';\n", plain.Text);
        Assert.Equal(plain, marked);
        Assert.Equal(plain, older);
        Assert.Equal(plain.Checksum, marked.Checksum);
    }

    [Fact]
    public void An_edit_of_a_released_script_is_found()
    {
        MigrationScript[] scripts = [new("M0001_A.up.sql", "select 1;\n"), new("M0001_A.down.sql", "select 2;\n")];
        var released = ReleasedScripts.Parse(ReleasedScripts.Render(scripts));

        Assert.Empty(released.Changed([.. scripts, new("M0002_B.up.sql", "")]));
        Assert.True(released.Contain("M0001_A.down.sql"));
        Assert.False(released.Contain("M0002_B.up.sql"));

        var changed = Assert.Single(released.Changed([scripts[0] with { Text = "select 1; \n" }, scripts[1]]));
        Assert.StartsWith("M0001_A.up.sql:1: released: changed since it was released", changed.ToString(), StringComparison.Ordinal);
        var gone = Assert.Single(released.Changed([scripts[0]]));
        Assert.StartsWith("M0001_A.down.sql:1: released: released, and gone", gone.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_released_scripts_is_what_sha256sum_reads() => Assert.Equal(
        "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b  M0001_A.up.sql\n",
        ReleasedScripts.Render([new("M0001_A.up.sql", "\n")]));

    [Theory]
    [InlineData("01ba  M0001_A.up.sql")]
    [InlineData("nonsense")]
    public void A_damaged_list_is_refused(string line) =>
        Assert.StartsWith("released.sha256:1 ", Assert.Throws<MigrationException>(() => ReleasedScripts.Parse(line)).Message, StringComparison.Ordinal);

    private static LintedScript Script(string sql) => new("M0012_Planted.up.sql", sql, Transactional: true, IsWayBack: false);

    private static IReadOnlyList<LintFinding> Check(string sql) => MigrationLint.Check(Script(sql));

    /// <summary>An assembly that holds one script, in these bytes.</summary>
    private sealed class Resource(byte[] bytes) : Assembly
    {
        public override string[] GetManifestResourceNames() => ["Planted.Migrations.M1_A.up.sql"];

        public override Stream GetManifestResourceStream(string name) => new MemoryStream(bytes);
    }
}
