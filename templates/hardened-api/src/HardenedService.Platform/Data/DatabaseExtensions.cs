using HardenedService.Platform.Configuration;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>The database as features see it: one connection a request, and contexts that share it.</summary>
public static class DatabaseExtensions
{
    // EF Core logs what it throws as well: one failure would be several errors in the log.
    private static readonly EventId[] LoggedByWhoeverCatches =
    [
        CoreEventId.QueryIterationFailed,
        CoreEventId.SaveChangesFailed,
        RelationalEventId.CommandError,
        RelationalEventId.ConnectionError,
        RelationalEventId.TransactionError,
    ];

    /// <summary>
    /// Registers an EF Core context on the request's own connection. It works in the <see cref="UnitOfWork"/>'s transaction, and not
    /// without one.
    /// </summary>
    /// <typeparam name="TContext">The feature's context.</typeparam>
    /// <param name="builder">The application under construction.</param>
    public static void AddDbContext<TContext>(this WebApplicationBuilder builder)
        where TContext : DbContext =>
        builder.Services.AddDbContext<TContext>((services, options) => options
            .UseNpgsql(services.GetRequiredService<NpgsqlConnection>())
            .AddInterceptors(new JoinUnitOfWork(services.GetRequiredService<UnitOfWork>()))
            .ConfigureWarnings(events => events.Ignore(LoggedByWhoeverCatches)));

    internal static void AddDatabase(this WebApplicationBuilder builder)
    {
        builder.AddOptions<DatabaseOptions>(DatabaseOptions.Section);
        builder.Services.AddSingleton(services => DatabasePool.Build(services, "main"));
        builder.Services.AddKeyedSingleton(
            SessionLookup.Pool,
            (services, _) => DatabasePool.Build(
                services, SessionLookup.Pool, services.GetRequiredService<IOptions<DatabaseOptions>>().Value.SessionPoolSize));
        builder.Services.AddScoped<UnitOfWork>();
        builder.Services.AddScoped(services => services.GetRequiredService<UnitOfWork>().Connection);
        builder.Services.AddSingleton<SchemaLevel>();
    }
}
