using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Privacy;

/// <summary>Registers what is held about people.</summary>
public static class PrivacyExtensions
{
    /// <summary>
    /// Adds a feature's part of what is held about people: what the export of an account shows, and its deletion erases. Parts are asked in
    /// the order in which they are added.
    /// </summary>
    /// <typeparam name="TPart">The part; gets its services by its constructor.</typeparam>
    /// <param name="builder">The application under construction.</param>
    public static void AddPersonalData<TPart>(this WebApplicationBuilder builder)
        where TPart : class, IPersonalData =>
        builder.Services.AddScoped<IPersonalData, TPart>();

    internal static void AddPrivacy(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<PersonalData>();
        builder.Services.AddWorker<RepeatedErasures>();
    }
}
