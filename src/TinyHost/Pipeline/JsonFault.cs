// Owns: telling the exceptions of System.Text.Json that the content causes from those that the program causes.
// Does not own: the refusal (Json).

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost;

internal static class JsonFault
{
    private const string SystemTextJson = "System.Text.Json";

    /// <summary>
    /// True when other content would have been read: most faults of content are a <see cref="JsonException"/>, but some are thrown with a type
    /// that stands for a mistake of the program too, such as a missing type discriminator.
    /// </summary>
    internal static bool IsOfContent(Exception exception, ReadOnlyMemory<byte> content, JsonTypeInfo typeInfo) => exception switch
    {
        JsonException => true,
        NotSupportedException => IsFromSerializer(exception) && (LacksDiscriminator(exception, typeInfo) || RefersToObjects(exception, typeInfo.Options)),
        // null for a collection that is filled in place, or a reference to an object of another type.
        InvalidOperationException => IsFromSerializer(exception) && (RefersToObjects(exception, typeInfo.Options) || FillsInPlace(typeInfo)),
        // A node or a set of members that the content names twice.
        ArgumentException => NamesRepeat(content, typeInfo.Options),
        _ => false,
    };

    private static bool IsFromSerializer(Exception exception) => exception.Source?.StartsWith(SystemTextJson, StringComparison.Ordinal) == true;

    // An abstract type that the content must choose among. One without derived types to choose from can never be read: the program's mistake.
    private static bool LacksDiscriminator(Exception exception, JsonTypeInfo typeInfo) =>
        Reachable(typeInfo).Any(info =>
            info is { PolymorphismOptions.DerivedTypes.Count: > 0, CreateObject: null } && Names(exception.Message, info.Type));

    // Programs that leave out the texts of messages have the type behind a comma.
    private static bool Names(string message, Type type) =>
        message.Contains($"'{type}'", StringComparison.Ordinal) || message.Contains($", {type}", StringComparison.Ordinal);

    // Metadata such as $ref, which only content can hold, for an object that cannot take it.
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
            JsonText.ThrowIfNamesRepeat(content, options);
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    /// <summary>The metadata of every type that a value of this one can hold.</summary>
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
}
