// Owns: reading messages of protobuf as the schema of Prometheus' client_model has them, plainly and strictly.
// Does not own: what they should say. It shares no line with the library.

using System.Globalization;
using System.Text;

namespace TinyHost.Metrics.Tests.Support;

/// <summary>
/// A message as its fields in the order they came. Whatever the schema does not know, a singular field that comes twice, a varint longer
/// than need be, and octets that are no UTF-8 fail the test.
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

    /// <summary>The messages of an exposition, each behind its length.</summary>
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

    /// <summary>The value of a field that must be there.</summary>
    internal T Get<T>(string name) => (T)Assert.Single(_fields, field => field.Name == name).Value;

    /// <summary>The messages of a repeated field.</summary>
    internal ProtobufMessage[] All(string name) =>
        [.. _fields.Where(field => field.Name == name).Select(field => (ProtobufMessage)field.Value)];

    /// <summary>The numbers of a packed field; none when it is not there.</summary>
    internal long[] Numbers(string name) => Has(name) ? Get<long[]>(name) : [];

    /// <summary>A line for each field, those of messages within indented.</summary>
    internal string Dump(string indent = "")
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _fields)
        {
            text.Append(indent).Append(name);
            text.Append(value switch
            {
                ProtobufMessage message => $"\n{message.Dump(indent + "  ")}",
                string octets =>
                    $" \"{octets.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"\n",
                long[] numbers => $" {string.Join(' ', numbers)}\n",
                _ => string.Create(CultureInfo.InvariantCulture, $" {value:R}\n"),
            });
        }

        return text.ToString();
    }

    private static ProtobufMessage Read(ReadOnlySpan<byte> octets, string type)
    {
        var message = new ProtobufMessage();
        while (octets.Length > 0)
        {
            var tag = TakeVarint(ref octets);
            Assert.True(s_schema[type].TryGetValue((int)(tag >> 3), out var field), $"{type} has no field {tag >> 3}");
            Assert.False(message.Has(field.Name) && !field.Type.EndsWith('*'), $"{type}.{field.Name} comes twice");
            Assert.Equal(field.Type switch { "uint" or "sint" => 0u, "double" => 1u, _ => 2u }, tag & 7);
            message._fields.Add((field.Name, field.Type switch
            {
                "uint" => TakeVarint(ref octets),
                "sint" => UnZigZag(TakeVarint(ref octets)),
                "double" => BitConverter.ToDouble(Take(ref octets, 8)),
                _ => ReadDelimited(Take(ref octets, (int)TakeVarint(ref octets)), field.Type),
            }));
        }

        return message;
    }

    private static object ReadDelimited(ReadOnlySpan<byte> octets, string type)
    {
        if (type == "string")
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(octets);
        }

        if (type != "sint[]")
        {
            return Read(octets, type.TrimEnd('*'));
        }

        var numbers = new List<long>();
        while (octets.Length > 0)
        {
            numbers.Add(UnZigZag(TakeVarint(ref octets)));
        }

        return numbers.ToArray();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> octets, int length)
    {
        var taken = octets[..length];
        octets = octets[length..];
        return taken;
    }

    private static ulong TakeVarint(ref ReadOnlySpan<byte> octets)
    {
        ulong value = 0;
        var length = 0;
        byte octet;
        do
        {
            octet = octets[length];
            value |= (ulong)(octet & 0x7F) << (7 * length++);
        }
        while (octet >= 0x80);
        Assert.True(length == 1 || octet > 0, "A varint is longer than it need be.");
        octets = octets[length..];
        return value;
    }

    private static long UnZigZag(ulong value) => value % 2 == 0 ? (long)(value / 2) : -(long)(value / 2) - 1;
}
