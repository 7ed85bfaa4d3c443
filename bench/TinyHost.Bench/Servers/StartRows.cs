// Owns: the rows of start-up: TinyHost on its bare server and in a Generic Host, Kestrel by its slim builder, each in every way of compiling.
// Does not own: the rows under load (ServerRows).

namespace TinyHost.Bench.Servers;

internal static class StartRows
{
    private const string Sources = "net10.0, built with TinyHost from its sources";
    // Kestrel's libraries come compiled ahead of time with the framework, TinyHost's with its packages.
    private const string Packages = "net10.0, built with TinyHost from its packages";
    private const string Jit = "net10.0, as built";
    private const string ReadyToRun = "net10.0, published with PublishReadyToRun";
    private const string Aot = "net10.0, published with PublishAot";

    public static readonly Server TinyHost = Bare("TinyHost HttpServer", Packages, Places.TinyHostPackaged);
    public static readonly Server TinyHostInHost = InHost("TinyHost in Generic Host", Packages, Places.TinyHostPackaged);
    public static readonly Server TinyHostFromSources = Bare("TinyHost HttpServer, sources", Sources, Places.TinyHost);
    public static readonly Server TinyHostInHostFromSources = InHost("TinyHost in Generic Host, sources", Sources, Places.TinyHost);
    public static readonly Server Kestrel = Slim("Kestrel slim", Jit, Places.Kestrel);
    public static readonly Server BareLoop = Row("Bare loop", "sockets alone, no HTTP; " + Jit, Places.BareLoop) with { IsMark = true };
    public static readonly Server TinyHostReadyToRun = Bare("TinyHost HttpServer, R2R", ReadyToRun, Places.TinyHostReadyToRun);
    public static readonly Server TinyHostInHostReadyToRun = InHost("TinyHost in Generic Host, R2R", ReadyToRun, Places.TinyHostReadyToRun);
    public static readonly Server KestrelReadyToRun = Slim("Kestrel slim, R2R", ReadyToRun, Places.KestrelReadyToRun);
    public static readonly Server TinyHostAot = Bare("TinyHost HttpServer, AOT", Aot, Places.TinyHostAot);
    public static readonly Server TinyHostInHostAot = InHost("TinyHost in Generic Host, AOT", Aot, Places.TinyHostAot);
    public static readonly Server KestrelAot = Slim("Kestrel slim, AOT", Aot, Places.KestrelAot);

    public static readonly IReadOnlyList<Server> All =
    [
        TinyHost,
        TinyHostInHost,
        TinyHostFromSources,
        TinyHostInHostFromSources,
        Kestrel,
        BareLoop,
        TinyHostReadyToRun,
        TinyHostInHostReadyToRun,
        KestrelReadyToRun,
        TinyHostAot,
        TinyHostInHostAot,
        KestrelAot,
    ];

    private static Server Bare(string title, string settings, string program) =>
        Row(title, $"errors, metrics and one route in the chain; {settings}", program, "--first-response") with { IsTinyHost = true };

    private static Server InHost(string title, string settings, string program) =>
        Row(title, $"the same by AddTinyHost, no logging; {settings}", program, "--first-response", "--generic-host") with { IsTinyHost = true };

    private static Server Slim(string title, string settings, string program) =>
        Row(title, $"slim builder, one inline middleware, no logging; {settings}", program, "--first-response");

    private static Server Row(string title, string settings, string program, params string[] flags) =>
        new(title, settings, launch => DotNet.Execute(Path.GetFullPath(program), launch, flags)) { IsDotNet = true, Needs = program };
}
