using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Configuration;

/// <summary>What a request may not get away with: unknown or duplicate members, deep nesting, numbers written as strings, other charsets.</summary>
internal static class StrictJson
{
    public static void AddStrictJson(this WebApplicationBuilder builder) =>
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.AllowDuplicateProperties = false;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.MaxDepth = 32;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        });

    /// <summary>
    /// Bodies are UTF-8 (RFC 8259, section 8.1). Left to itself, the framework fails on a charset that it does not know, and on a
    /// quoted one.
    /// </summary>
    public static void UseStrictJson(this WebApplication app) =>
        app.Use((context, next) =>
        {
            if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
                || !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
                || !type.Charset.HasValue)
            {
                return next(context);
            }

            if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
                return Task.CompletedTask;
            }

            type.Charset = "utf-8";
            context.Request.ContentType = type.ToString();
            return next(context);
        });
}
