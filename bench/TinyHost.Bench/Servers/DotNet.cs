// Owns: command lines of the .NET servers, and the runtime settings that set rows apart.
// Does not own: the servers' own arguments (ServerArguments in Shared/).

using System.Globalization;
using System.Text.Json.Nodes;

namespace TinyHost.Bench.Servers;

internal static class DotNet
{
    public const string SpinLimit = "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit";

    /// <summary>The runtime's own switch for what TinyHost offers as ServerOptions.InlineCompletions: nothing else turns it on for Kestrel.</summary>
    public static readonly IReadOnlyDictionary<string, string> Inline =
        new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    /// <summary>The assembly under the runtime's own settings.</summary>
    public static Command Run(string assembly, Launch launch, params string[] flags) =>
        new("dotnet", ["exec", assembly, .. Arguments(launch), .. flags]);

    /// <summary>The assembly with a thread pool that does not spin: its runtimeconfig.json with one more property.</summary>
    public static Command RunWithoutSpinning(string assembly, Launch launch, params string[] flags)
    {
        var withoutExtension = Path.Combine(Path.GetDirectoryName(assembly)!, Path.GetFileNameWithoutExtension(assembly));
        var configuration = JsonNode.Parse(File.ReadAllText(withoutExtension + ".runtimeconfig.json"))!;
        configuration["runtimeOptions"]!["configProperties"]!.AsObject()[SpinLimit] = 0;
        var changed = Path.Combine(launch.Directory, "nospin.runtimeconfig.json");
        File.WriteAllText(changed, configuration.ToJsonString());
        return new Command(
            "dotnet",
            ["exec", "--runtimeconfig", changed, "--depsfile", withoutExtension + ".deps.json", assembly, .. Arguments(launch), .. flags]);
    }

    /// <summary>A program that was built or published as an executable.</summary>
    public static Command Execute(string program, Launch launch, params string[] flags) => new(program, [.. Arguments(launch), .. flags]);

    private static string[] Arguments(Launch launch) =>
    [
        "--port", launch.Port.ToString(CultureInfo.InvariantCulture),
        "--metrics-port", launch.MetricsPort.ToString(CultureInfo.InvariantCulture),
        "--series", launch.Series.ToString(CultureInfo.InvariantCulture),
    ];
}
