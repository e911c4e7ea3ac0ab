using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Validation;

/// <summary>Of some members of a request, one has to be given and the others left out. The OpenAPI document tells clients the same.</summary>
/// <param name="members">The names of the properties.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ExactlyOneOfAttribute(params string[] members) : ValidationAttribute("Give one of these, and one alone.")
{
    /// <summary>The names of the properties.</summary>
    public IReadOnlyList<string> Members => members;

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        members.Count(member => validationContext?.ObjectType.GetProperty(member)?.GetValue(value) is not null) == 1
            ? ValidationResult.Success
            : new ValidationResult(ErrorMessageString, members);
}
