using System.Data.Common;
using HardenedService.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Tests.Migrations;

/// <summary>An assertion that sees nothing would prove nothing: each kind of difference is made once.</summary>
public sealed class SchemaAgreementTests(SchemaAgreementTests.Sample sample) : IClassFixture<SchemaAgreementTests.Sample>
{
    [Fact]
    public async Task A_model_that_agrees_passes() => Assert.Empty(await DifferencesAsync(Agreeing));

    [Fact]
    public async Task A_missing_table_is_seen() => await SeesAsync(
        model => model.Entity<Shelf>().ToTable("racks", "sample"),
        "sample.racks: the model maps this table, and the database has none.");

    [Fact]
    public async Task A_missing_column_is_seen() => await SeesAsync(
        model => model.Entity<Book>().Property<string>("Subtitle").HasColumnName("subtitle"),
        "sample.books.subtitle: the model maps this column, and the database has none.");

    [Fact]
    public async Task Another_type_is_seen() => await SeesAsync(
        model => model.Entity<Book>().Property(book => book.Title).HasColumnType("character varying(80)"),
        "sample.books.title: character varying(80) in the model, text in the database.");

    [Fact]
    public async Task Another_nullability_is_seen() => await SeesAsync(
        model => model.Entity<Book>().Property(book => book.Title).IsRequired(false),
        "sample.books.title: null in the model, not null in the database.");

    [Fact]
    public async Task Another_length_is_seen() => await SeesAsync(
        model => model.Entity<Book>().Property(book => book.Title).HasMaxLength(8),
        "sample.books.title: at most 8 long in the model, and no type or check in the database says so.");

    [Fact]
    public async Task A_column_that_the_model_forgets_is_seen() => await SeesAsync(
        model => model.Entity<Book>().Ignore(book => book.Digest),
        "sample.books.digest: the database wants a value, and the model does not know the column.");

    [Fact]
    public async Task Another_primary_key_is_seen() => await SeesAsync(
        model => model.Entity<Book>().HasKey(book => book.Title),
        "sample.books: the primary key (title) is not in the database.");

    [Fact]
    public async Task A_missing_unique_key_is_seen() => await SeesAsync(
        model => model.Entity<Book>().HasAlternateKey(book => book.Title),
        "sample.books: the unique key (title) is not in the database.");

    [Fact]
    public async Task A_missing_unique_index_is_seen() => await SeesAsync(
        model => model.Entity<Book>().HasIndex(book => book.Title).IsUnique(),
        "sample.books: the unique index (title) is not in the database.");

    [Fact]
    public async Task Another_filter_is_seen() => await SeesAsync(
        model => model.Entity<Book>().HasIndex(book => new { book.ShelfId, book.Title }).IsUnique().HasFilter("lent"),
        "sample.books: the unique index (shelf_id, title) is not in the database.");

    [Fact]
    public async Task Another_foreign_key_is_seen() => await SeesAsync(
        model => model.Entity<Book>().HasOne<Shelf>().WithMany().HasForeignKey(book => book.ShelfId).OnDelete(DeleteBehavior.SetNull),
        "sample.books: the foreign key (shelf_id) to sample.shelves, on delete SetNull, is not in the database.");

    private static void Agreeing(ModelBuilder model)
    {
        model.Entity<Shelf>(shelf =>
        {
            shelf.ToTable("shelves", "sample");
            shelf.Property(row => row.Id).HasColumnName("id");
            shelf.Property(row => row.Label).HasColumnName("label").HasMaxLength(20);
            shelf.HasAlternateKey(row => row.Label);
        });
        model.Entity<Book>(book =>
        {
            book.ToTable("books", "sample");
            book.Property(row => row.Id).HasColumnName("id");
            book.Property(row => row.ShelfId).HasColumnName("shelf_id");
            book.Property(row => row.Title).HasColumnName("title").HasColumnType("text").HasMaxLength(80);
            book.Property(row => row.Digest).HasColumnName("digest").HasMaxLength(32);
            book.HasIndex(row => new { row.ShelfId, row.Title }).IsUnique().HasFilter("not lent");
            book.HasOne<Shelf>().WithMany().HasForeignKey(row => row.ShelfId).OnDelete(DeleteBehavior.Cascade);
        });
    }

    private async Task SeesAsync(Action<ModelBuilder> change, string difference) =>
        Assert.Contains(difference, await DifferencesAsync(model =>
        {
            Agreeing(model);
            change(model);
        }));

    private async Task<IReadOnlyList<string>> DifferencesAsync(Action<ModelBuilder> build)
    {
        await using var connection = await Sql.OpenAsync(sample.Database.AdminConnectionString);
        await using var context = new Context(connection, build);
        return await SchemaAgreement.DifferencesAsync(context, connection);
    }

    /// <summary>Two tables of our own: the service's may change without a word here.</summary>
    public sealed class Sample(PostgresServer server) : IAsyncLifetime
    {
        public TestDatabase Database { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Database = await server.CreateEmptyDatabaseAsync();
            await Sql.RunAsync(
                Database.AdminConnectionString,
                """
                create schema sample;
                create table sample.shelves (
                  id uuid primary key,
                  label varchar(20) not null unique
                );
                create table sample.books (
                  id uuid primary key,
                  shelf_id uuid not null references sample.shelves on delete cascade,
                  title text not null check (char_length(title) between 1 and 80),
                  digest bytea not null check (octet_length(digest) = 32),
                  lent boolean not null default false
                );
                create unique index on sample.books (title, shelf_id) where not lent;
                """);
        }

        public ValueTask DisposeAsync() => Database.DisposeAsync();
    }

    private sealed class Shelf
    {
        public Guid Id { get; init; }

        public string Label { get; init; } = "";
    }

    private sealed class Book
    {
        public Guid Id { get; init; }

        public Guid ShelfId { get; init; }

        public string Title { get; init; } = "";

        public byte[] Digest { get; init; } = [];
    }

    private sealed class Context(DbConnection connection, Action<ModelBuilder> build) : DbContext
    {
        // Every test has a model of its own, and must not find another's in the cache.
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) =>
            optionsBuilder.UseNpgsql(connection).EnableServiceProviderCaching(false);

        protected override void OnModelCreating(ModelBuilder modelBuilder) => build(modelBuilder);
    }
}
