// Owns: the rows of the console's summary at the start: a name, a URL, and what else there is to know about a socket.

using System.Net;

namespace TinyHost;

/// <param name="Name">What is there: the name of a prefix, <c>app</c>, or the name of a page.</param>
/// <param name="Value">A URL that can be opened on this machine.</param>
/// <param name="Note">For example <c>every address, TLS</c>; empty for nothing.</param>
internal sealed record ConsoleRow(string Name, string Value, string Note)
{
    /// <summary>The rows of a server: first the app, then the pages of its stages, each once.</summary>
    internal static IEnumerable<ConsoleRow> Of(ServerRun run)
    {
        var listeners = run.Listeners.Where(listener => !IsSecondLoopback(listener, run.Listeners)).ToList();
        var app = listeners.FindAll(static listener => !listener.IsMonitoring);
        var rows = new List<ConsoleRow>();
        foreach (var listener in app)
        {
            rows.AddRange(listener.BasePaths.Select(path =>
                new ConsoleRow(NameOf(listener), Url(listener, run.Listeners, path + "/"), NoteOf(listener))));
        }

        var monitoring = run.Stages.Where(IsMonitoring).ToList();
        foreach (var stage in monitoring)
        {
            rows.AddRange(PagesOf(stage, listeners.FindAll(listener => IsOf(stage, listener)), run));
        }

        foreach (var stage in run.Stages.Except(monitoring))
        {
            // A page on a port of its own need not be shown on the app's ports, too.
            rows.AddRange(PagesOf(stage, app, run).Where(row => !monitoring.Exists(other => Has(other, row.Name))));
        }

        return rows.Distinct();
    }

    private static IEnumerable<ConsoleRow> PagesOf(Stage stage, List<Listener> listeners, ServerRun run) =>
        from page in stage.Pages
        from listener in listeners
        select new ConsoleRow(page.Name, Url(listener, run.Listeners, page.Path), PageNote(listener, page.Name));

    private static bool Has(Stage stage, string page) => stage.Pages.Any(other => other.Name == page);

    private static bool IsMonitoring(Stage stage) => stage.MonitoringPort is not null || stage.MonitoringPrefix is not null;

    private static bool IsOf(Stage stage, Listener listener) => stage.MonitoringPort is { } port
        ? listener.EndPoint is not UnixEndPoint && listener.StageEndPoint.Port == port
        : stage.MonitoringPrefix is { } name && NamedEndPoints.HasName(listener.Names, name);

    private static string NameOf(Listener listener) => listener.Names.Count == 0 ? "app" : string.Join(", ", listener.Names);

    private static string Url(Listener listener, IReadOnlyList<Listener> all, string path)
    {
        var endPoint = listener.EndPoint;
        if (endPoint is UnixEndPoint)
        {
            return path == "/" ? $"{listener.Scheme}://{endPoint}" : $"{listener.Scheme}://{endPoint}:{path}";
        }

        var isLocal = IsWildcard(endPoint) || all.Any(other => IsSecondLoopback(other, all) && other.EndPoint.Port == endPoint.Port);
        return $"{listener.Scheme}://{(isLocal ? $"localhost:{endPoint.Port}" : endPoint)}{path}";
    }

    private static bool IsWildcard(IPEndPoint endPoint) =>
        endPoint.Address.Equals(IPAddress.IPv6Any) || endPoint.Address.Equals(IPAddress.Any);

    // http://localhost/ listens on both addresses, and is one row.
    private static bool IsSecondLoopback(Listener listener, IReadOnlyList<Listener> all) =>
        listener.EndPoint is not UnixEndPoint
        && listener.EndPoint.Address.Equals(IPAddress.IPv6Loopback)
        && all.Any(other => other.EndPoint is not UnixEndPoint
            && other.EndPoint.Port == listener.EndPoint.Port
            && other.EndPoint.Address.Equals(IPAddress.Loopback)
            && other.Names.SequenceEqual(listener.Names));

    private static string NoteOf(Listener listener)
    {
        var notes = new List<string>();
        if (listener.EndPoint is not UnixEndPoint && IsWildcard(listener.EndPoint))
        {
            notes.Add(listener.EndPoint.Address.Equals(IPAddress.Any) ? "every IPv4 address" : "every address");
        }

        if (listener.Scheme == "https")
        {
            notes.Add("TLS");
        }

        if (listener.Openers?.Any(static opener => opener is ProxyProtocolOpener) == true)
        {
            notes.Add("PROXY protocol");
        }

        if ((listener.Inherited?.Source ?? listener.Kept?.Source) is { } source)
        {
            notes.Add($"passed by {source}");
        }

        return string.Join(", ", notes);
    }

    private static string PageNote(Listener listener, string page)
    {
        var names = listener.Names.Where(name => name != page).ToList();
        var note = NoteOf(listener);
        return names.Count == 0 ? note : $"prefix {string.Join(", ", names)}{(note.Length == 0 ? "" : ", ")}{note}";
    }
}
