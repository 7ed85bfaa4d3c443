// Owns: the methods that may be an attribute's value.
// Does not own: which methods a request may have.

namespace TinyHost;

/// <summary>Semantic conventions: a method they do not know must not become an attribute's value, since the peer chooses it.</summary>
internal static class KnownMethods
{
    internal const int Get = 3;

    private static readonly string[] s_names = ["_OTHER", "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

    internal static int Count => s_names.Length;

    internal static string Name(int index) => s_names[index];

    /// <summary>0 for a method that is not known.</summary>
    internal static int IndexOf(string method) => method switch
    {
        "CONNECT" => 1,
        "DELETE" => 2,
        "GET" => Get,
        "HEAD" => 4,
        "OPTIONS" => 5,
        "PATCH" => 6,
        "POST" => 7,
        "PUT" => 8,
        "TRACE" => 9,
        _ => 0,
    };
}
