// Owns: command lines and runtime settings of the .NET servers.

using System.Globalization;
using System.Text.Json.Nodes;

namespace TinyHost.Bench.Servers;

internal static class DotNet
{
    public const string SpinLimit = "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit";

    /// <summary>The runtime's switch for inline completions, the only one that affects Kestrel.</summary>
    public static readonly IReadOnlyDictionary<string, string> Inline =
        new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    /// <summary>Runs the assembly with default runtime settings.</summary>
    public static Command Run(string assembly, Launch launch, params string[] flags) =>
        new("dotnet", ["exec", assembly, .. Arguments(launch), .. flags]);

    /// <summary>Runs the assembly with a thread pool that does not spin, by adding a property to its runtimeconfig.json.</summary>
    public static Command RunWithoutSpinning(string assembly, Launch launch, params string[] flags)
    {
        var withoutExtension = Path.Combine(Path.GetDirectoryName(assembly)!, Path.GetFileNameWithoutExtension(assembly));
        var configuration = JsonNode.Parse(File.ReadAllText(withoutExtension + ".runtimeconfig.json"))!;
        configuration["runtimeOptions"]!["configProperties"]!.AsObject()[SpinLimit] = 0;
        var path = Path.Combine(launch.Directory, "nospin.runtimeconfig.json");
        File.WriteAllText(path, configuration.ToJsonString());
        return new Command(
            "dotnet",
            ["exec", "--runtimeconfig", path, "--depsfile", withoutExtension + ".deps.json", assembly, .. Arguments(launch), .. flags]);
    }

    /// <summary>Runs an executable program.</summary>
    public static Command Execute(string program, Launch launch, params string[] flags) => new(program, [.. Arguments(launch), .. flags]);

    private static string[] Arguments(Launch launch) =>
    [
        "--port", launch.Port.ToString(CultureInfo.InvariantCulture),
        "--metrics-port", launch.MetricsPort.ToString(CultureInfo.InvariantCulture),
        "--series", launch.Series.ToString(CultureInfo.InvariantCulture),
    ];
}
