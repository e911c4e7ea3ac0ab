using HardenedService.Platform.Configuration;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>The database as features see it: one connection a request, and contexts that share it.</summary>
public static class DatabaseExtensions
{
    /// <summary>
    /// Registers an EF Core context on the request's own connection. What it saves joins the <see cref="UnitOfWork"/>'s transaction.
    /// </summary>
    /// <typeparam name="TContext">The feature's context.</typeparam>
    /// <param name="builder">The application under construction.</param>
    public static void AddDbContext<TContext>(this WebApplicationBuilder builder)
        where TContext : DbContext =>
        builder.Services.AddDbContext<TContext>(
            (services, options) => options
                .UseNpgsql(services.GetRequiredService<NpgsqlConnection>())
                .AddInterceptors(new JoinUnitOfWork(services.GetRequiredService<UnitOfWork>())));

    internal static void AddDatabase(this WebApplicationBuilder builder)
    {
        builder.AddOptions<DatabaseOptions>(DatabaseOptions.Section);
        builder.Services.AddSingleton(services => Build(services, "main", _ => { }));
        builder.Services.AddKeyedSingleton(
            SessionStore.Pool,
            (services, _) => Build(services, SessionStore.Pool, pool => pool.MaxPoolSize = Options(services).SessionPoolSize));
        builder.Services.AddScoped<UnitOfWork>();
        builder.Services.AddScoped(services => services.GetRequiredService<UnitOfWork>().Connection);
        builder.Services.AddSingleton<SchemaLevel>();
    }

    private static NpgsqlDataSource Build(IServiceProvider services, string name, Action<NpgsqlConnectionStringBuilder> configure)
    {
        var database = new NpgsqlDataSourceBuilder(Options(services).ConnectionString) { Name = name };
        configure(database.ConnectionStringBuilder);

        return database.UseLoggerFactory(services.GetRequiredService<ILoggerFactory>()).Build();
    }

    private static DatabaseOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
}
