// Owns: a strict reader of protobuf messages with the schema of Prometheus' client_model. It shares no code with the library.

using System.Globalization;
using System.Text;

namespace TinyHost.Metrics.Tests.Support;

/// <summary>
/// A message's fields in the order received. Unknown fields, repeated singular fields, overlong varints and invalid UTF-8 fail the
/// test.
/// </summary>
internal sealed class ProtobufMessage
{
    private static readonly Dictionary<string, Dictionary<int, (string Name, string Type)>> s_schema = new()
    {
        ["MetricFamily"] = new()
        {
            [1] = ("name", "string"),
            [2] = ("help", "string"),
            [3] = ("type", "uint"),
            [4] = ("metric", "Metric*"),
            [5] = ("unit", "string"),
        },
        ["Metric"] = new()
        {
            [1] = ("label", "LabelPair*"),
            [2] = ("gauge", "Gauge"),
            [3] = ("counter", "Counter"),
            [7] = ("histogram", "Histogram"),
        },
        ["LabelPair"] = new() { [1] = ("name", "string"), [2] = ("value", "string") },
        ["Gauge"] = new() { [1] = ("value", "double") },
        ["Counter"] = new() { [1] = ("value", "double"), [2] = ("exemplar", "Exemplar"), [3] = ("created_timestamp", "Timestamp") },
        ["Histogram"] = new()
        {
            [1] = ("sample_count", "uint"),
            [2] = ("sample_sum", "double"),
            [3] = ("bucket", "Bucket*"),
            [15] = ("created_timestamp", "Timestamp"),
            [5] = ("schema", "sint"),
            [6] = ("zero_threshold", "double"),
            [7] = ("zero_count", "uint"),
            [9] = ("negative_span", "BucketSpan*"),
            [10] = ("negative_delta", "sint[]"),
            [12] = ("positive_span", "BucketSpan*"),
            [13] = ("positive_delta", "sint[]"),
        },
        ["Bucket"] = new() { [1] = ("cumulative_count", "uint"), [2] = ("upper_bound", "double"), [3] = ("exemplar", "Exemplar") },
        ["BucketSpan"] = new() { [1] = ("offset", "sint"), [2] = ("length", "uint") },
        ["Exemplar"] = new() { [1] = ("label", "LabelPair*"), [2] = ("value", "double"), [3] = ("timestamp", "Timestamp") },
        ["Timestamp"] = new() { [1] = ("seconds", "uint"), [2] = ("nanos", "uint") },
    };

    private readonly List<(string Name, object Value)> _fields = [];

    /// <summary>The length-delimited messages of an exposition.</summary>
    internal static List<ProtobufMessage> ReadFamilies(ReadOnlySpan<byte> exposition)
    {
        var families = new List<ProtobufMessage>();
        while (exposition.Length > 0)
        {
            families.Add(Read(Take(ref exposition, (int)TakeVarint(ref exposition)), "MetricFamily"));
        }

        return families;
    }

    internal bool Has(string name) => _fields.Exists(field => field.Name == name);

    /// <summary>The value of a required field.</summary>
    internal T Get<T>(string name) => (T)Assert.Single(_fields, field => field.Name == name).Value;

    /// <summary>The messages of a repeated field.</summary>
    internal ProtobufMessage[] All(string name) =>
        [.. _fields.Where(field => field.Name == name).Select(field => (ProtobufMessage)field.Value)];

    /// <summary>The numbers of a packed field; empty if the field is absent.</summary>
    internal long[] Numbers(string name) => Has(name) ? Get<long[]>(name) : [];

    /// <summary>One line per field, with nested messages indented.</summary>
    internal string Dump(string indent = "")
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _fields)
        {
            text.Append(indent).Append(name);
            text.Append(value switch
            {
                ProtobufMessage message => $"\n{message.Dump(indent + "  ")}",
                string characters =>
                    $" \"{characters.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"\n",
                long[] numbers => $" {string.Join(' ', numbers)}\n",
                _ => string.Create(CultureInfo.InvariantCulture, $" {value:R}\n"),
            });
        }

        return text.ToString();
    }

    private static ProtobufMessage Read(ReadOnlySpan<byte> bytes, string type)
    {
        var message = new ProtobufMessage();
        while (bytes.Length > 0)
        {
            var tag = TakeVarint(ref bytes);
            Assert.True(s_schema[type].TryGetValue((int)(tag >> 3), out var field), $"{type} has no field {tag >> 3}");
            Assert.False(message.Has(field.Name) && !field.Type.EndsWith('*'), $"{type}.{field.Name} is repeated");
            Assert.Equal(field.Type switch { "uint" or "sint" => 0u, "double" => 1u, _ => 2u }, tag & 7);
            message._fields.Add((field.Name, field.Type switch
            {
                "uint" => TakeVarint(ref bytes),
                "sint" => UnZigZag(TakeVarint(ref bytes)),
                "double" => BitConverter.ToDouble(Take(ref bytes, 8)),
                _ => ReadDelimited(Take(ref bytes, (int)TakeVarint(ref bytes)), field.Type),
            }));
        }

        return message;
    }

    private static object ReadDelimited(ReadOnlySpan<byte> bytes, string type)
    {
        if (type == "string")
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }

        if (type != "sint[]")
        {
            return Read(bytes, type.TrimEnd('*'));
        }

        var numbers = new List<long>();
        while (bytes.Length > 0)
        {
            numbers.Add(UnZigZag(TakeVarint(ref bytes)));
        }

        return numbers.ToArray();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int length)
    {
        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }

    private static ulong TakeVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        var length = 0;
        byte last;
        do
        {
            last = bytes[length];
            value |= (ulong)(last & 0x7F) << (7 * length++);
        }
        while (last >= 0x80);
        Assert.True(length == 1 || last > 0, "A varint is longer than necessary.");
        bytes = bytes[length..];
        return value;
    }

    private static long UnZigZag(ulong value) => value % 2 == 0 ? (long)(value / 2) : -(long)(value / 2) - 1;
}
