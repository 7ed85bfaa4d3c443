// Owns: which build of which program this process runs.
// Source: Semantic Versioning 2.0.0, build metadata: .NET appends the revision to the informational version after a plus sign.

using System.Reflection;

namespace TinyHost.Metrics;

/// <summary>The build of the entry assembly.</summary>
/// <param name="Name">The name of the assembly.</param>
/// <param name="Version">The informational version without the revision.</param>
/// <param name="Revision">The revision of the source; empty if the build did not record it.</param>
internal sealed record BuildInfo(string Name, string Version, string Revision)
{
    /// <summary>The build of this process's entry assembly; null if the process was started by native code.</summary>
    internal static BuildInfo? OfEntryAssembly { get; } = Assembly.GetEntryAssembly() is { } assembly ? Of(assembly) : null;

    internal static BuildInfo Of(Assembly assembly)
    {
        var name = assembly.GetName();
        var informational = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? name.Version?.ToString() ?? "";
        var plus = informational.IndexOf('+', StringComparison.Ordinal);
        return plus < 0
            ? new BuildInfo(name.Name ?? "", informational, "")
            : new BuildInfo(name.Name ?? "", informational[..plus], informational[(plus + 1)..]);
    }
}
