// Owns: the servers of the daemon as people write it.

namespace TinyHost.Bench.Servers;

internal static class DaemonRows
{
    public static readonly Server TinyHost = ServerRows.TinyHost with
    {
        Settings = "Generic Host, access log, problem details, metrics, a listener to spans, routes, scoped services",
        CommandFor = launch => Run(Paths.TinyHost, launch),
    };

    public static readonly Server Kestrel = ServerRows.Kestrel with
    {
        Settings = "slim builder, a middleware that logs the same columns, problem details, a listener to metrics that adds up nothing, "
            + "a listener to spans, minimal API, scoped services",
        CommandFor = launch => Run(Paths.Kestrel, launch),
    };

    private static Command Run(string program, Launch launch) => DotNet.Run(Paths.Assembly(program), launch, "--daemon");
}
