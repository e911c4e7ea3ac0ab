using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Input;

/// <summary>
/// What a body may not get away with: unknown or duplicate members, deep nesting, numbers written as strings, NUL. A byte order mark at its
/// beginning is passed over, as the serializer does by itself and RFC 8259, section 8.1, allows: some clients cannot help writing one.
/// </summary>
internal static class StrictJson
{
    public static void AddStrictJson(this WebApplicationBuilder builder) =>
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.AllowDuplicateProperties = false;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.PropertyNameCaseInsensitive = false;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.MaxDepth = 32;
            json.SerializerOptions.Converters.Add(new EnumNames());
            json.SerializerOptions.TypeInfoResolver =
                (json.SerializerOptions.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(NormalizeText);
        });

    // Here, so that no feature can forget it. Not a converter for strings: the schema of a converted type says nothing.
    private static void NormalizeText(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        JsonPropertyInfo[] texts = [.. type.Properties.Where(property => property is { PropertyType: var of, Get: not null, Set: not null } && of == typeof(string))];

        if (texts.Length > 0)
        {
            type.OnDeserialized += body => Array.ForEach(texts, text => Normalize(body, text));
        }
    }

    private static void Normalize(object body, JsonPropertyInfo property)
    {
        if (property.Get!(body) is not string text)
        {
            return;
        }

        // PostgreSQL cannot store it, and no text of people holds one.
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new JsonException();
        }

        // Putting marks into order takes the square of how many there are in a row: a megabyte of them would take minutes.
        if (!UnicodeText.IsStreamSafe(text))
        {
            throw new JsonException();
        }

        if (!text.IsNormalized())
        {
            property.Set!(body, text.Normalize());
        }
    }
}
