// Owns: the servers with a number of routes.

using System.Globalization;

namespace TinyHost.Bench.Servers;

internal static class RouteRows
{
    public static Server TinyHost(int routes) => ServerRows.TinyHost with
    {
        Settings = "errors, metrics, then `Routes`",
        CommandFor = launch => Run(Paths.TinyHost, launch, routes),
    };

    public static Server Kestrel(int routes) => ServerRows.Kestrel with
    {
        Settings = "`MapGet` for each route, no logging",
        CommandFor = launch => Run(Paths.Kestrel, launch, routes),
    };

    private static Command Run(string program, Launch launch, int routes) =>
        DotNet.Run(Paths.Assembly(program), launch, "--routes", routes.ToString(CultureInfo.InvariantCulture));
}
