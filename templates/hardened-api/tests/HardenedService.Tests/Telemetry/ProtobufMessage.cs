using System.Buffers.Binary;
using System.Text;

namespace HardenedService.Tests.Telemetry;

/// <summary>A message of protocol buffers, read without its schema: whoever knows that asks for the fields by their numbers.</summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ILookup<int, Field> _fields;

    public ProtobufMessage(ReadOnlyMemory<byte> bytes) => _fields = Read(bytes).ToLookup(field => field.Number);

    public bool Has(int number) => _fields.Contains(number);

    public ulong Number(int number) => _fields[number].LastOrDefault()?.Value ?? 0;

    public double Double(int number) => BitConverter.UInt64BitsToDouble(Number(number));

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number).Span);

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number).Span);

    public ReadOnlyMemory<byte> Bytes(int number) => _fields[number].LastOrDefault()?.Bytes ?? default;

    /// <summary>The one message in a field; an empty one if it is not there, as the protocol has it.</summary>
    public ProtobufMessage Message(int number) => new(Bytes(number));

    public IEnumerable<ProtobufMessage> Messages(int number) => _fields[number].Select(field => new ProtobufMessage(field.Bytes));

    private static IEnumerable<Field> Read(ReadOnlyMemory<byte> bytes)
    {
        for (var position = 0; position < bytes.Length;)
        {
            var tag = ReadVarint(bytes.Span, ref position);
            var number = (int)(tag >> 3);

            switch (tag & 7)
            {
                case Varint:
                    yield return new(number, ReadVarint(bytes.Span, ref position), default);
                    break;
                case Fixed64:
                    yield return new(number, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[position..]), default);
                    position += sizeof(ulong);
                    break;
                case LengthDelimited:
                    var length = (int)ReadVarint(bytes.Span, ref position);
                    yield return new(number, 0, bytes.Slice(position, length));
                    position += length;
                    break;
                case Fixed32:
                    yield return new(number, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[position..]), default);
                    position += sizeof(uint);
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} at {position}.");
            }
        }
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int position)
    {
        var value = 0UL;

        for (var shift = 0; ; shift += 7)
        {
            var octet = bytes[position++];
            value |= (ulong)(octet & 0x7F) << shift;

            if (octet < 0x80)
            {
                return value;
            }
        }
    }

    private sealed record Field(int Number, ulong Value, ReadOnlyMemory<byte> Bytes);
}
