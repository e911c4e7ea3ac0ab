using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Tests.Migrations.Linting;

public sealed class SqlScriptTests
{
    [Theory]
    [InlineData("select 1; select 2", 2)]
    [InlineData(";;select 1;\n;", 1)]
    [InlineData("select ';'; select $$;$$; /*;*/", 2)]
    [InlineData("create rule a as on insert to b do also (select 1; select 2); select 3", 2)]
    [InlineData("create function f() returns int begin atomic select case when a then 1 end; select 2; end; select 3", 2)]
    [InlineData("begin; select 1; end;", 3)]
    [InlineData("-- nothing", 0)]
    public void A_script_is_parted_into_statements(string sql, int count) => Assert.Equal(count, SqlScript.Parse(sql).Statements.Count);

    [Theory]
    [InlineData("-- safety-assured: because\nselect 1;", "because")]
    [InlineData("-- Before.\n-- safety-assured: because it\n-- goes on\nselect 1;", "because it goes on")]
    [InlineData("-- safety-assured:\nselect 1;", "")]
    [InlineData("select 0; -- safety-assured: because\nselect 1;", "because")]
    public void An_assurance_stands_directly_above_its_statement(string sql, string reason)
    {
        var script = SqlScript.Parse(sql);

        Assert.Equal(reason, script.Statements[^1].Assurance?.Reason);
        Assert.Empty(script.Astray);
    }

    [Theory]
    [InlineData("-- safety-assured: a line is between\n\nselect 1;", 1)]
    [InlineData("-- safety-assured: a line is between\n\n-- Another.\nselect 1;", 1)]
    [InlineData("select\n-- safety-assured: inside\n1;", 2)]
    [InlineData("select 1;\n-- safety-assured: at the end", 2)]
    [InlineData("/* safety-assured: in the wrong kind of comment */\nselect 1;", 0)]
    public void An_assurance_elsewhere_assures_nothing(string sql, int astray)
    {
        var script = SqlScript.Parse(sql);

        Assert.Null(script.Statements[^1].Assurance);
        Assert.Equal(astray == 0 ? [] : [astray], script.Astray.Select(assurance => assurance.Line));
    }

    [Fact]
    public void A_parenthesis_that_is_never_closed_is_refused_where_it_was_opened() =>
        Assert.Equal(2, Assert.Throws<SqlSyntaxException>(() => SqlScript.Parse("select 1;\nselect (\n(1);\nselect 2;")).Line);

    [Fact]
    public void An_alteration_is_parted_into_its_actions()
    {
        var (table, actions) = Parse("alter table if exists only a.\"B\" add column c numeric(1, 2), drop column d").Alteration!.Value;

        Assert.Equal("a.B", table);
        Assert.Equal(["add", "drop"], actions.Select(action => action.Tokens[0].Text));
    }

    [Fact]
    public void A_new_table_is_parted_into_its_columns_and_constraints()
    {
        var (name, parts) = Parse("create unlogged table a.b (c numeric(1, 2), check (c > 0)) with (fillfactor = 80)").CreatedTable!.Value;

        Assert.Equal("a.b", name);
        Assert.Equal(["c", "check"], parts.Select(part => part.Tokens[0].Text));
    }

    private static SqlStatement Parse(string sql) => SqlScript.Parse(sql).Statements.Single();
}
