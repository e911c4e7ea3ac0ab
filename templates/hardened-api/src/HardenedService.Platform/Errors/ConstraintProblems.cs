using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Errors;

/// <summary>Says what a client is told when the database refuses a change by one of its constraints.</summary>
public static class ConstraintProblems
{
    /// <summary>A violation of this constraint is this problem. One that is mapped to nothing counts as a fault of ours.</summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="constraint">The name of a constraint or unique index, such as <c>invoices_title_key</c>. Mapped once.</param>
    /// <param name="problem">A problem of the catalogue.</param>
    /// <param name="detail">What went wrong and what to do, for people.</param>
    public static void MapConstraint(this WebApplicationBuilder builder, string constraint, ProblemCode problem, string detail) =>
        builder.Services.AddSingleton(new ConstraintProblem(constraint, problem, detail, Member: null));

    /// <summary>A violation of this constraint is <c>validation_failed</c>, and <c>errors</c> names the member.</summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="constraint">The name of a constraint or unique index, such as <c>invoices_title_length_check</c>. Mapped once.</param>
    /// <param name="member">The member of the request, as the client spells it.</param>
    /// <param name="message">What is wrong with its value, for people.</param>
    public static void MapConstraint(this WebApplicationBuilder builder, string constraint, string member, string message) =>
        builder.Services.AddSingleton(new ConstraintProblem(constraint, Problems.ValidationFailed, message, member));
}

internal sealed record ConstraintProblem(string Constraint, ProblemCode Code, string Detail, string? Member)
{
    public ProblemDetails Details() =>
        Member is null ? Code.Details(Detail) : Code.Describe(new HttpValidationProblemDetails { Errors = { [Member] = [Detail] } });
}
