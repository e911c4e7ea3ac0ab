using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Sweeps;

/// <summary>Registers what is swept.</summary>
public static class SweepExtensions
{
    /// <summary>Adds a sweep. Whoever stores something temporary adds its own.</summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="sweep">Makes the sweep, from options if need be.</param>
    public static void AddSweep(this WebApplicationBuilder builder, Func<IServiceProvider, Sweep> sweep) =>
        builder.Services.AddSingleton(sweep);

    internal static void AddSweeper(this WebApplicationBuilder builder)
    {
        builder.AddOptions<SweepOptions>(SweepOptions.Section);
        builder.Services.AddWorker<Sweeper>();
    }
}
