using System.ComponentModel.DataAnnotations;
using System.Reflection;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Conformance;

/// <summary>What the records owe that requests are read into.</summary>
internal static class RequestRules
{
    /// <summary>The validation generator passes over what is not public, without a word.</summary>
    public static IEnumerable<string> Public(IEnumerable<RouteEndpoint> endpoints) =>
        from type in Records(endpoints)
        where !type.IsVisible
        select $"{type.Name} is read from a request but not public, so that nobody validates it: make it public.";

    /// <summary>No text of a client is unbounded.</summary>
    public static IEnumerable<string> BoundedTexts(IEnumerable<RouteEndpoint> endpoints)
    {
        var members = Records(endpoints).SelectMany(type => Members(type).Select(member => (Attributes: member.GetCustomAttributes(), Name: $"{type.Name}.{member.Name}", Type: member.PropertyType)));
        var parameters = Parameters(endpoints).Select(parameter => (Attributes: parameter.GetCustomAttributes(), Name: $"{parameter.Member.DeclaringType?.Name}({parameter.Name})", Type: parameter.ParameterType));

        return from text in members.Concat(parameters)
               where text.Type == typeof(string) && !text.Attributes.Any(IsBound)
               select $"{text.Name} takes text of any length: give it one of our validation attributes, or MaxLength.";
    }

    private static bool IsBound(Attribute attribute) => attribute is ITextRule or MaxLengthAttribute or StringLengthAttribute or LengthAttribute;

    private static HashSet<Type> Records(IEnumerable<RouteEndpoint> endpoints)
    {
        var found = new HashSet<Type>();
        var waiting = new Queue<Type>(
            EndpointRules.OfApi(endpoints).Select(endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType).OfType<Type>());

        while (waiting.TryDequeue(out var type))
        {
            if (IsOurs(type) && found.Add(type))
            {
                Members(type).SelectMany(member => Below(member.PropertyType)).ToList().ForEach(waiting.Enqueue);
            }
        }

        return found;
    }

    // Bound from the route, the query or a header. Services and what binds itself is none of these.
    private static IEnumerable<ParameterInfo> Parameters(IEnumerable<RouteEndpoint> endpoints) =>
        EndpointRules.OfApi(endpoints)
            .SelectMany(endpoint => endpoint.Metadata.OfType<IParameterBindingMetadata>())
            .Select(parameter => parameter.ParameterInfo)
            .Where(parameter => parameter.ParameterType == typeof(string));

    private static PropertyInfo[] Members(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    // The type itself, that of its items, and what stands within Nullable.
    private static IEnumerable<Type> Below(Type type) => [type, .. type.GetGenericArguments(), .. type.GetElementType() is { } item ? [item] : Type.EmptyTypes];

    private static bool IsOurs(Type type) =>
        !type.IsEnum && type.Namespace?.StartsWith("System", StringComparison.Ordinal) == false && !type.Namespace.StartsWith("Microsoft", StringComparison.Ordinal);
}
