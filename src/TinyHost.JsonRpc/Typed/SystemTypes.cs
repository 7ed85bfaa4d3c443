// Owns: the converter and the schema of each type of SystemValue.

using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

#pragma warning disable RS0030 // The type is banned for its clock, not for values that callers send.

internal static class SystemTypes
{
    public static JsonConverter ConverterOf(Type type) =>
        type == typeof(Guid) ? JsonMetadataServices.GuidConverter
        : type == typeof(DateTime) ? JsonMetadataServices.DateTimeConverter
        : type == typeof(DateTimeOffset) ? JsonMetadataServices.DateTimeOffsetConverter
        : type == typeof(DateOnly) ? JsonMetadataServices.DateOnlyConverter
        : type == typeof(TimeOnly) ? JsonMetadataServices.TimeOnlyConverter
        : type == typeof(TimeSpan) ? JsonMetadataServices.TimeSpanConverter
        : type == typeof(char) ? JsonMetadataServices.CharConverter
        : type == typeof(Uri) ? JsonMetadataServices.UriConverter
        : type == typeof(Version) ? JsonMetadataServices.VersionConverter
        : type == typeof(Int128) ? JsonMetadataServices.Int128Converter
        : type == typeof(UInt128) ? JsonMetadataServices.UInt128Converter
        : type == typeof(byte[]) ? JsonMetadataServices.ByteArrayConverter
        : throw new NotSupportedException($"{type} is not among the types of {nameof(SystemValue<>)}.");

    public static string SchemaOf(Type type) =>
        type == typeof(Guid) ? Text("uuid")
        : type == typeof(DateTime) || type == typeof(DateTimeOffset) ? Text("date-time")
        : type == typeof(DateOnly) ? Text("date")
        : type == typeof(TimeOnly) ? Text("time")
        : type == typeof(TimeSpan) ? """{"type":"string","pattern":"^-?(\\d+\\.)?\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,7})?$"}"""
        : type == typeof(char) ? """{"type":"string","minLength":1,"maxLength":1}"""
        : type == typeof(Uri) ? Text("uri-reference")
        : type == typeof(Version) ? """{"type":"string","pattern":"^\\d+(\\.\\d+){1,3}$"}"""
        : type == typeof(Int128) ? """{"type":"integer","format":"int128"}"""
        : type == typeof(UInt128) ? """{"type":"integer","format":"uint128"}"""
        : type == typeof(byte[]) ? """{"type":"string","contentEncoding":"base64"}"""
        : throw new NotSupportedException($"{type} is not among the types of {nameof(SystemValue<>)}.");

    private static string Text(string format) => $$"""{"type":"string","format":"{{format}}"}""";
}
