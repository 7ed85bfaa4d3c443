// Owns: the text of an Echo's answer, for a request as a handler sees it or as the reference reads it.

using System.Globalization;
using System.Text;
using TinyHost.Tests.Syntax;

namespace TinyHost.Tests.Conformance;

/// <summary>Octets are chars; a path is its UTF-8.</summary>
internal static class EchoText
{
    internal static string Of(
        string method,
        string target,
        string path,
        string query,
        string host,
        int minorVersion,
        string[] fields,
        string body,
        string[] trailers) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {method} {target} 1.{minorVersion}
            path={Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(path))}
            query={query}
            host={host}
            fields={fields.Length}
            {string.Join('\n', fields)}
            trailers={trailers.Length}
            {string.Join('\n', trailers)}
            body={body.Length}
            {body}
            """);

    internal static string Of(TranscriptRequest request) =>
        Of(
            request.Method,
            request.Target,
            Path(request),
            request.Query,
            request.Host,
            request.MinorVersion,
            request.Fields,
            request.Body,
            request.Trailers);

    private static string Path(TranscriptRequest request) => request.Form switch
    {
        "Authority" or "Asterisk" => request.Target,
        // RFC 9112 §3.2.4: no path and no query component.
        "Absolute" when request is { Method: "OPTIONS", Path: "" } && !request.Target.Contains('?') => "*",
        _ when request.Path == "" => "/",
        _ => ReferencePath.Normalize(request.Path) ?? throw new FormatException($"{request.Path} is not a path."),
    };
}
