using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HardenedService.Platform.Input;

/// <summary>
/// Values of an enum by their names, to the letter, as the document has them. The framework's own converter takes a name in any case, and
/// lists of them.
/// </summary>
internal sealed class EnumNames : JsonConverterFactory
{
    /// <summary>The names of an enum's values.</summary>
    public static IEnumerable<string> Of(Type type) => Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName);

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<TEnum> : JsonConverter<TEnum>
        where TEnum : struct, Enum
    {
        private static readonly FrozenDictionary<string, TEnum> Values = Of(typeof(TEnum)).ToFrozenDictionary(name => name, name => Enum.Parse<TEnum>(name, ignoreCase: true), StringComparer.Ordinal);
        private static readonly FrozenDictionary<TEnum, string> Names = Values.ToFrozenDictionary(value => value.Value, value => value.Key);

        public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Values.TryGetValue(reader.GetString()!, out var value) ? value : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) => writer.WriteStringValue(Names[value]);
    }
}
