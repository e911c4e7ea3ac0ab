using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Configuration;

/// <summary>
/// What an options record asks for outside of Development, where convenience ends. Staging counts as Production. Which secrets
/// it refuses, <see cref="DevelopmentSecret"/> knows.
/// </summary>
public interface IProductionRules
{
    /// <summary>Checks values that are acceptable in Development. In place of one that is not, the record holds its default.</summary>
    /// <returns>A result for each fault, with the property's name, and without its value.</returns>
    IEnumerable<ValidationResult> ValidateForProduction();
}
