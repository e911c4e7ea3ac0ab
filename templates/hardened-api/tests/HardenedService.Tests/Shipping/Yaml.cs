using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace HardenedService.Tests.Shipping;

/// <summary>YAML as the programs that it is for read it: anchors and merged keys resolved, truths told from text.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Reader = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    /// <summary>The objects of a text, which may hold several.</summary>
    public static List<JsonObject> Parse(string yaml)
    {
        var parser = new MergingParser(new Parser(new StringReader(yaml)));
        List<JsonObject> objects = [];
        parser.Consume<StreamStart>();

        while (!parser.Accept<StreamEnd>(out _))
        {
            objects.Add(Node(Reader.Deserialize<object?>(parser))!.AsObject());
        }

        return objects;
    }

    /// <summary>All objects in a tree, the uppermost first.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node) => node switch
    {
        JsonObject item => item.Select(member => member.Value).SelectMany(Objects).Prepend(item),
        JsonArray items => items.SelectMany(Objects),
        _ => [],
    };

    /// <summary>A list of texts; one text is a list of itself.</summary>
    public static IReadOnlyList<string> Texts(this JsonNode? node) => node switch
    {
        null => [],
        JsonArray items => [.. items.Select(item => $"{item}")],
        _ => [$"{node}"],
    };

    /// <summary>Whether a tree says yes.</summary>
    public static bool Is(this JsonNode? node, object value) => string.Equals($"{node}", Convert.ToString(value, CultureInfo.InvariantCulture), StringComparison.OrdinalIgnoreCase);

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        IDictionary<object, object?> members => new JsonObject(members.Select(member => KeyValuePair.Create($"{member.Key}", Node(member.Value)))),
        IEnumerable<object?> items => new JsonArray([.. items.Select(Node)]),
        bool truth => JsonValue.Create(truth),
        _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };
}
