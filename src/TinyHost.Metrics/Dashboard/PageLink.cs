// Owns: links between the pages of the metrics port.

namespace TinyHost.Metrics;

internal static class PageLink
{
    /// <summary>
    /// A link from a page at the root of the port, such as <c>/dashboard</c>, to a path. It is relative, so that it works behind a proxy
    /// that adds a prefix to the path.
    /// </summary>
    internal static string To(string path) => "./" + string.Join('/', path.TrimStart('/').Split('/').Select(Uri.EscapeDataString));
}
