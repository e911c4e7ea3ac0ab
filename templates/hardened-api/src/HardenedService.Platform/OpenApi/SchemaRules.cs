using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HardenedService.Platform.Input;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HardenedService.Platform.OpenApi;

/// <summary>Adds to the generated schemas what the framework does not see: our validation attributes, and members that are left out when null.</summary>
internal sealed class SchemaRules : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. EnumNames.Of(context.JsonTypeInfo.Type).Select(name => JsonValue.Create(name))];

            // The default of one member, which would be said of every use of the type.
            schema.Default = null;
        }

        if (context.JsonPropertyInfo is { } member)
        {
            Describe(schema, member);
        }

        if (context.JsonTypeInfo.Type.GetCustomAttribute<ExactlyOneOfAttribute>() is { } choice && schema.Properties is { } properties)
        {
            schema.OneOf = [.. choice.Members.Select(JsonNamingPolicy.CamelCase.ConvertName).Select(member => Given(member, properties[member]))];
        }

        foreach (var leftOut in context.JsonTypeInfo.Properties.Where(IsLeftOutWhenNull))
        {
            schema.Required?.Remove(leftOut.Name);
        }

        return Task.CompletedTask;
    }

    private static void Describe(OpenApiSchema schema, JsonPropertyInfo member)
    {
        if (IsLeftOutWhenNull(member))
        {
            schema.Type &= ~JsonSchemaType.Null;
        }

        var attributes = member.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];

        if (attributes.OfType<JsonObjectAttribute>().Any())
        {
            schema.Type = JsonSchemaType.Object;
        }

        if (member.PropertyType != typeof(string))
        {
            return;
        }

        if (attributes.OfType<RequiredAttribute>().Any(required => !required.AllowEmptyStrings))
        {
            schema.MinLength = Math.Max(schema.MinLength ?? 0, 1);
        }

        foreach (var rule in attributes.OfType<ITextRule>())
        {
            schema.MinLength = rule.MinLength > 0 ? Math.Max(schema.MinLength ?? 0, rule.MinLength) : schema.MinLength;
            schema.MaxLength = Math.Min(schema.MaxLength ?? int.MaxValue, rule.MaxLength);
            schema.Format = rule.Format ?? schema.Format;
        }
    }

    // Null is as good as left out.
    private static OpenApiSchema Given(string member, IOpenApiSchema schema) => new()
    {
        Required = new HashSet<string> { member },
        Properties = new Dictionary<string, IOpenApiSchema> { [member] = new OpenApiSchema { Type = schema.Type & ~JsonSchemaType.Null } },
    };

    private static bool IsLeftOutWhenNull(JsonPropertyInfo member) =>
        member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingNull }];
}
