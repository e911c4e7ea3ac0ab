using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace HardenedService.Platform.Errors;

/// <summary>One kind of problem (RFC 9457): a stable code for programs, its status, and a title for people.</summary>
/// <param name="Code">The stable code, which clients compare.</param>
/// <param name="Status">The HTTP status that it always comes with.</param>
/// <param name="Title">A short title, the same in every occurrence.</param>
public sealed record ProblemCode(string Code, int Status, string Title)
{
    /// <summary>The URI that names this kind of problem: RFC 9457's <c>type</c>.</summary>
    public string Type => $"urn:problem:hardened-service:{Code}";

    /// <summary>Answers a request with this problem.</summary>
    /// <param name="detail">What went wrong this time and what to do, for people; nothing of the inside.</param>
    /// <param name="members">Further members, which the document's schema of problems knows. Default: none.</param>
    /// <returns>The result to return from a handler.</returns>
    public ProblemHttpResult Result(string? detail = null, IReadOnlyDictionary<string, object?>? members = null)
    {
        var problem = Details(detail);

        foreach (var (name, value) in members ?? new Dictionary<string, object?>())
        {
            problem.Extensions[name] = value;
        }

        return TypedResults.Problem(problem);
    }

    internal ProblemDetails Details(string? detail = null) => Describe(new ProblemDetails { Detail = detail });

    internal ProblemDetails Describe(ProblemDetails problem)
    {
        problem.Type = Type;
        problem.Title = Title;
        problem.Status = Status;
        problem.Extensions["code"] = Code;
        return problem;
    }
}
