using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace HardenedService.Platform.Data;

/// <summary>Columns are named <c>normalized_email</c> where properties are named <c>NormalizedEmail</c>.</summary>
public static class SnakeCase
{
    /// <summary>Names every column that the model does not name itself.</summary>
    /// <param name="conventions">The context's conventions.</param>
    public static void UseSnakeCase(this ModelConfigurationBuilder conventions)
    {
        ArgumentNullException.ThrowIfNull(conventions);
        conventions.Conventions.Add(_ => new SnakeCaseColumns());
    }
}

internal sealed partial class SnakeCaseColumns : IModelFinalizingConvention
{
    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        foreach (var property in modelBuilder.Metadata.GetEntityTypes().SelectMany(entity => entity.GetDeclaredProperties()))
        {
            // By convention only: a name that the model states explicitly wins.
            property.Builder.HasColumnName(WordStart().Replace(property.Name, "_$0").ToLowerInvariant());
        }
    }

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordStart();
}
