// Owns: every server that is measured under load, in each way of running it.
// Does not own: which workload measures which (Catalog), and the rows of start-up (StartRows).

using System.Globalization;

namespace TinyHost.Bench.Servers;

internal static class ServerRows
{
    public static readonly Server TinyHost = new(
        "TinyHost", "errors, metrics and routes in the chain; metrics port listening", launch => DotNet.Run(Places.Assembly(Places.TinyHost), launch))
    {
        IsTinyHost = true,
        IsDotNet = true,
    };

    public static readonly Server TinyHostInline = TinyHost with
    {
        Title = "TinyHost, inline",
        Settings = "the same, with ServerOptions.InlineCompletions",
        CommandFor = launch => DotNet.Run(Places.Assembly(Places.TinyHost), launch, "--inline"),
    };

    public static readonly Server TinyHostPlain = TinyHost with
    {
        Title = "TinyHost, no metrics",
        Settings = "no metrics stage, one port",
        CommandFor = launch => DotNet.Run(Places.Assembly(Places.TinyHost), launch, "--without-metrics"),
    };

    public static readonly Server TinyHostPlainInline = TinyHostPlain with
    {
        Title = "TinyHost, no metrics, inline",
        Settings = "no metrics stage, one port, with ServerOptions.InlineCompletions",
        CommandFor = launch => DotNet.Run(Places.Assembly(Places.TinyHost), launch, "--without-metrics", "--inline"),
    };

    public static readonly Server TinyHostNoSpin = TinyHost with
    {
        Title = "TinyHost, no spinning",
        Settings = DotNet.SpinLimit + "=0",
        CommandFor = launch => DotNet.RunWithoutSpinning(Places.Assembly(Places.TinyHost), launch),
    };

    public static readonly Server Kestrel = new(
        "Kestrel", "slim builder, one inline middleware, one port, no logging", launch => DotNet.Run(Places.Assembly(Places.Kestrel), launch))
    {
        IsDotNet = true,
    };

    public static readonly Server KestrelInline = Kestrel with
    {
        Title = "Kestrel, inline",
        Settings = "the same, with inline completions and UnsafePreferInlineScheduling",
        CommandFor = launch => DotNet.Run(Places.Assembly(Places.Kestrel), launch, "--inline") with { Environment = DotNet.Inline },
    };

    public static readonly Server KestrelNoSpin = Kestrel with
    {
        Title = "Kestrel, no spinning",
        Settings = DotNet.SpinLimit + "=0",
        CommandFor = launch => DotNet.RunWithoutSpinning(Places.Assembly(Places.Kestrel), launch),
    };

    public static readonly Server HttpListener = new(
        "HttpListener", "the accept loop its documentation shows, one port", launch => DotNet.Run(Places.Assembly(Places.HttpListener), launch))
    {
        IsDotNet = true,
        SaysReady = true,
    };

    public static readonly Server HttpListenerAccepts = HttpListener with
    {
        Title = "HttpListener, 64 accepts",
        Settings = "64 accepts pending, one port",
        CommandFor = launch => DotNet.Run(Places.Assembly(Places.HttpListener), launch, "--accepts"),
    };

    public static readonly Server BareLoop = new(
        "Bare loop", "sockets alone: the same octets for whatever comes; no HTTP", launch => DotNet.Run(Places.Assembly(Places.BareLoop), launch))
    {
        IsDotNet = true,
        IsMark = true,
    };

    public static readonly Server BareLoopInline = BareLoop with
    {
        Title = "Bare loop, inline",
        Settings = "the same, with inline completions",
        CommandFor = launch => DotNet.Run(Places.Assembly(Places.BareLoop), launch) with { Environment = DotNet.Inline },
    };

    public static readonly Server Nginx = new("nginx", "`return 200`, a worker for each processor, no log, one port", NginxCommand);

    public static readonly Server Go = new("Go", "net/http, promhttp listening on a port of its own", GoCommand) { Needs = Places.Go };

    public static readonly Server Falcon = new(
        "Falcon", "gunicorn with 2 gthread workers of 4 threads, prometheus_client behind port-routing middleware", FalconCommand);

    private static Command NginxCommand(Launch launch)
    {
        File.WriteAllBytes(Path.Combine(launch.Directory, "mebibyte"), Enumerable.Repeat((byte)'x', 1_048_576).ToArray());
        var configuration = File.ReadAllText(Places.NginxConfiguration)
            .Replace("@port@", Text(launch.Port), StringComparison.Ordinal)
            .Replace("@directory@", launch.Directory, StringComparison.Ordinal)
            // Workers of a master that is root would otherwise be strangers to the directory.
            .Replace("@user@", Environment.UserName == "root" ? "user root;" : "", StringComparison.Ordinal);
        var path = Path.Combine(launch.Directory, "nginx.conf");
        File.WriteAllText(path, configuration);
        return new Command("nginx", ["-p", launch.Directory, "-e", "stderr", "-c", path]);
    }

    private static Command GoCommand(Launch launch) => new(
        Path.GetFullPath(Places.Go),
        ["-port", Text(launch.Port), "-metrics-port", Text(launch.MetricsPort), "-series", Text(launch.Series)]);

    private static Command FalconCommand(Launch launch) => new(
        "/usr/bin/gunicorn",
        [
            "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--keep-alive", "75", "--backlog", "4096", "--timeout", "120",
            "--log-level", "error", "--bind", "127.0.0.1:" + Text(launch.Port), "--bind", "127.0.0.1:" + Text(launch.MetricsPort), "app:app",
        ])
    {
        Directory = Path.GetFullPath(Places.Falcon),
        Environment = new Dictionary<string, string>
        {
            ["BENCH_METRICS_PORT"] = Text(launch.MetricsPort),
            ["BENCH_SERIES"] = Text(launch.Series),
            // The other servers have no series that tell when a counter was made.
            ["PROMETHEUS_DISABLE_CREATED_SERIES"] = "true",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        },
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
