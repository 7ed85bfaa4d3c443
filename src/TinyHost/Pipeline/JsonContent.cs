// Owns: which faults of JSON are the content's rather than the program's: invalid Unicode (RFC 8259 §8), repeated names (§4), and the
// exceptions that System.Text.Json throws for them.

using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace TinyHost;

internal static class JsonContent
{
    private const string SystemTextJson = "System.Text.Json";
    private const int EscapeSize = 6;

    /// <summary>
    /// Throws <see cref="JsonException"/> for content that is not UTF-8, and for half of a surrogate pair written as an escape.
    /// </summary>
    internal static void ThrowUnlessUnicode(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("The text is not valid UTF-8 (RFC 8259 §8.1).");
        }

        // JSON has backslashes only in strings, where they begin an escape.
        for (var at = json.IndexOf((byte)'\\'); at >= 0; at = json.IndexOf((byte)'\\'))
        {
            json = json[at..];
            var unit = EscapedUnit(json);
            if (char.IsLowSurrogate(unit) || (char.IsHighSurrogate(unit) && !char.IsLowSurrogate(EscapedUnit(json[EscapeSize..]))))
            {
                throw new JsonException("A string has half of a surrogate pair (RFC 8259 §8.2).");
            }

            // The second character of an escape may be a backslash itself.
            json = json[Math.Min(char.IsHighSurrogate(unit) ? 2 * EscapeSize : 2, json.Length)..];
        }
    }

    /// <summary>Throws <see cref="JsonException"/> when an object has two members of the same name, or the text is not JSON.</summary>
    internal static void ThrowIfNamesRepeat(ReadOnlyMemory<byte> json, JsonSerializerOptions options) =>
        JsonDocument.Parse(json, new JsonDocumentOptions
        {
            AllowDuplicateProperties = false,
            AllowTrailingCommas = options.AllowTrailingCommas,
            CommentHandling = options.ReadCommentHandling,
            MaxDepth = options.MaxDepth,
        }).Dispose();

    /// <summary>
    /// True for an exception that other content would not have caused. Most such are a <see cref="JsonException"/>, but for some, such as
    /// a missing type discriminator, the serializer throws a type that also stands for a mistake of the program.
    /// </summary>
    internal static bool IsFault(Exception exception, ReadOnlyMemory<byte> content, JsonTypeInfo typeInfo) => exception switch
    {
        JsonException => true,
        NotSupportedException =>
            IsFromSerializer(exception) && (LacksDiscriminator(exception, typeInfo) || RefersToObjects(exception, typeInfo.Options)),
        // null for a collection filled in place, or a reference to an object of another type.
        InvalidOperationException =>
            IsFromSerializer(exception) && (RefersToObjects(exception, typeInfo.Options) || FillsInPlace(typeInfo)),
        // The content names a member twice.
        ArgumentException => NamesRepeat(content, typeInfo.Options),
        _ => false,
    };

    private static bool IsFromSerializer(Exception exception) =>
        exception.Source?.StartsWith(SystemTextJson, StringComparison.Ordinal) == true;

    // An abstract type whose derived type the content must name. Without derived types it is the program's mistake.
    private static bool LacksDiscriminator(Exception exception, JsonTypeInfo typeInfo) =>
        Reachable(typeInfo).Any(info =>
            info is { PolymorphismOptions.DerivedTypes.Count: > 0, CreateObject: null } && Names(exception.Message, info.Type));

    // Without resource strings the message has the type after a comma.
    private static bool Names(string message, Type type) =>
        message.Contains($"'{type}'", StringComparison.Ordinal) || message.Contains($", {type}", StringComparison.Ordinal);

    // Metadata such as $ref for an object that cannot take it.
    private static bool RefersToObjects(Exception exception, JsonSerializerOptions options) =>
        options.ReferenceHandler is not null
        && (exception is InvalidOperationException || exception.Message.Contains(".$", StringComparison.Ordinal));

    private static bool FillsInPlace(JsonTypeInfo typeInfo) =>
        Reachable(typeInfo).Any(info =>
            info.PreferredPropertyObjectCreationHandling == JsonObjectCreationHandling.Populate
            || info.Options.PreferredObjectCreationHandling == JsonObjectCreationHandling.Populate
            || info.Properties.Any(property => property.ObjectCreationHandling == JsonObjectCreationHandling.Populate));

    private static bool NamesRepeat(ReadOnlyMemory<byte> content, JsonSerializerOptions options)
    {
        try
        {
            ThrowIfNamesRepeat(content, options);
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    /// <summary>The metadata of every type reachable from this one.</summary>
    private static HashSet<JsonTypeInfo> Reachable(JsonTypeInfo typeInfo)
    {
        var found = new HashSet<JsonTypeInfo>();
        var open = new Stack<JsonTypeInfo>([typeInfo]);
        while (open.TryPop(out var info))
        {
            if (!found.Add(info))
            {
                continue;
            }

            var held = info.Properties.Select(property => property.PropertyType)
                .Concat(info.PolymorphismOptions?.DerivedTypes.Select(derived => derived.DerivedType) ?? [])
                .Append(info.ElementType)
                .Append(info.KeyType);
            foreach (var type in held)
            {
                if (type is not null && info.Options.TryGetTypeInfo(type, out var of))
                {
                    open.Push(of);
                }
            }
        }

        return found;
    }

    // The UTF-16 unit of \uXXXX at the start; NUL for any other escape, and for a malformed one, which System.Text.Json rejects.
    private static char EscapedUnit(ReadOnlySpan<byte> json) =>
        json.Length >= EscapeSize && json[0] == (byte)'\\' && json[1] == (byte)'u'
        && Utf8Parser.TryParse(json[2..EscapeSize], out ushort unit, out var used, 'x') && used == 4
            ? (char)unit
            : '\0';
}
