// Owns: telling whether a text that a program compares with request paths can ever be one: whether it is in the paths' normal form.
// Does not own: the normal form (TargetPath), or what else a template or prefix must be (RouteTemplate, PathRouting, Prefix).

using System.Text;

namespace TinyHost;

internal static class PathText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why no request's path ever equals or begins with the text, as the second half of a sentence; null when one can.</summary>
    internal static string? WhyUnreachable(string text)
    {
        if (!text.StartsWith('/'))
        {
            return "it must begin with a slash";
        }

        if (text.AsSpan().ContainsAny('?', '#'))
        {
            return "it describes the path alone, without query or fragment";
        }

        if (text.Contains("//", StringComparison.Ordinal))
        {
            return "it has an empty segment between two slashes";
        }

        byte[] octets;
        try
        {
            octets = s_strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return "it holds half of a surrogate pair, which is no character";
        }

        if (octets.Contains((byte)0))
        {
            return "it holds a NUL, which no path does";
        }

        var normal = new byte[octets.Length];
        var length = TargetPath.Normalize(octets, normal);
        return length < 0 ? "a percent sign in a path is written %25"
            : normal.AsSpan(0, length).SequenceEqual(octets) ? null
            : $"paths are compared decoded and without dot segments, as '{s_strict.GetString(normal, 0, length)}'";
    }
}
