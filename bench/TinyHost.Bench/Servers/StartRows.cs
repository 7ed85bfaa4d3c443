// Owns: the servers whose startup is measured: HttpServer, TinyHost in a Generic Host and Kestrel's slim builder, compiled in every way.

namespace TinyHost.Bench.Servers;

internal static class StartRows
{
    private const string Sources = "net10.0, TinyHost built from source";
    // TinyHost's packages contain its libraries compiled ahead of time, as the framework does Kestrel's.
    private const string Packages = "net10.0, TinyHost from its packages";
    private const string Jit = "net10.0, plain build";
    private const string ReadyToRun = "net10.0, published with PublishReadyToRun";
    private const string Aot = "net10.0, published with PublishAot";

    public static readonly Server TinyHost = Bare("TinyHost HttpServer", Packages, Paths.TinyHostPackaged);
    public static readonly Server TinyHostInHost = InHost("TinyHost in Generic Host", Packages, Paths.TinyHostPackaged);
    public static readonly Server TinyHostFromSources = Bare("TinyHost HttpServer, sources", Sources, Paths.TinyHost);
    public static readonly Server TinyHostInHostFromSources = InHost("TinyHost in Generic Host, sources", Sources, Paths.TinyHost);
    public static readonly Server Kestrel = Slim("Kestrel slim", Jit, Paths.Kestrel);
    public static readonly Server BareLoop = Row("Bare loop", "sockets only, no HTTP; " + Jit, Paths.BareLoop) with { IsReference = true };
    public static readonly Server TinyHostReadyToRun = Bare("TinyHost HttpServer, R2R", ReadyToRun, Paths.TinyHostReadyToRun);
    public static readonly Server TinyHostInHostReadyToRun = InHost("TinyHost in Generic Host, R2R", ReadyToRun, Paths.TinyHostReadyToRun);
    public static readonly Server KestrelReadyToRun = Slim("Kestrel slim, R2R", ReadyToRun, Paths.KestrelReadyToRun);
    public static readonly Server TinyHostAot = Bare("TinyHost HttpServer, AOT", Aot, Paths.TinyHostAot);
    public static readonly Server TinyHostInHostAot = InHost("TinyHost in Generic Host, AOT", Aot, Paths.TinyHostAot);
    public static readonly Server KestrelAot = Slim("Kestrel slim, AOT", Aot, Paths.KestrelAot);

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
        Row(title, $"error handling, metrics and one route; {settings}", program, "--first-response") with { IsTinyHost = true };

    private static Server InHost(string title, string settings, string program) =>
        Row(title, $"the same through AddTinyHost, no logging; {settings}", program, "--first-response", "--generic-host") with
        {
            IsTinyHost = true,
        };

    private static Server Slim(string title, string settings, string program) =>
        Row(title, $"slim builder, one inline middleware, no logging; {settings}", program, "--first-response");

    private static Server Row(string title, string settings, string program, params string[] flags) =>
        new(title, settings, launch => DotNet.Execute(Path.GetFullPath(program), launch, flags))
        {
            IsDotNet = true,
            RequiredFile = program,
        };
}
