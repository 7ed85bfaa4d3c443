// Owns: the media types of files by the extension of their names (IANA's registry).

using System.Collections.Frozen;

namespace TinyHost;

internal static class MediaTypes
{
    private const string Unknown = "application/octet-stream";

    private static readonly FrozenDictionary<string, string> s_types = new Dictionary<string, string>
    {
        ["aac"] = "audio/aac",
        ["avif"] = "image/avif",
        ["bmp"] = "image/bmp",
        ["css"] = "text/css; charset=utf-8",
        ["csv"] = "text/csv; charset=utf-8",
        ["epub"] = "application/epub+zip",
        ["flac"] = "audio/flac",
        ["gif"] = "image/gif",
        ["gz"] = "application/gzip",
        ["htm"] = "text/html; charset=utf-8",
        ["html"] = "text/html; charset=utf-8",
        ["ico"] = "image/vnd.microsoft.icon",
        ["ics"] = "text/calendar; charset=utf-8",
        ["jpeg"] = "image/jpeg",
        ["jpg"] = "image/jpeg",
        ["js"] = "text/javascript; charset=utf-8",
        ["json"] = "application/json",
        ["jsonld"] = "application/ld+json",
        ["log"] = "text/plain; charset=utf-8",
        ["m4a"] = "audio/mp4",
        ["map"] = "application/json",
        ["md"] = "text/markdown; charset=utf-8",
        ["mjs"] = "text/javascript; charset=utf-8",
        ["mov"] = "video/quicktime",
        ["mp3"] = "audio/mpeg",
        ["mp4"] = "video/mp4",
        ["oga"] = "audio/ogg",
        ["ogg"] = "audio/ogg",
        ["ogv"] = "video/ogg",
        ["otf"] = "font/otf",
        ["pdf"] = "application/pdf",
        ["png"] = "image/png",
        ["rtf"] = "application/rtf",
        ["svg"] = "image/svg+xml",
        ["tar"] = "application/x-tar",
        ["tif"] = "image/tiff",
        ["tiff"] = "image/tiff",
        ["ttf"] = "font/ttf",
        ["txt"] = "text/plain; charset=utf-8",
        ["wasm"] = "application/wasm",
        ["wav"] = "audio/wav",
        ["weba"] = "audio/webm",
        ["webm"] = "video/webm",
        ["webmanifest"] = "application/manifest+json",
        ["webp"] = "image/webp",
        ["woff"] = "font/woff",
        ["woff2"] = "font/woff2",
        ["xhtml"] = "application/xhtml+xml",
        ["xml"] = "application/xml",
        ["yaml"] = "application/yaml",
        ["yml"] = "application/yaml",
        ["zip"] = "application/zip",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The media type of a file; <c>application/octet-stream</c> for an unknown extension.</summary>
    internal static string Of(string path) => s_types.GetValueOrDefault(Path.GetExtension(path).TrimStart('.'), Unknown);
}
