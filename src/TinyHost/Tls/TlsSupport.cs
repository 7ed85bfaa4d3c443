// Owns: whether TLS is part of the program.

using System.Diagnostics.CodeAnalysis;

namespace TinyHost;

/// <summary>
/// A feature switch: with it off, the trimmer and the native compiler leave out everything behind it. The package turns it off for programs
/// that are compiled natively without <c>TinyHostTls</c>.
/// </summary>
internal static class TlsSupport
{
    private const string Switch = "TinyHost.Tls.IsSupported";

    /// <summary>Why TLS cannot be used, as the end of a sentence.</summary>
    internal const string Missing = "the program was built without TLS; set the MSBuild property TinyHostTls to true in its project";

    [FeatureSwitchDefinition(Switch)]
    internal static bool IsIncluded => !AppContext.TryGetSwitch(Switch, out var isIncluded) || isIncluded;
}
