// Owns: serving a prefix over TLS as a stage says.

namespace TinyHost;

internal static class StageTls
{
    /// <summary>
    /// The prefix with the TLS of the stage, whose port it is. Throws <see cref="ServerStartException"/> if it has TLS of its own, or the
    /// program has none.
    /// </summary>
    internal static Prefix AddTo(Prefix prefix, Stage stage)
    {
        if (prefix.Scheme != "http")
        {
            throw new ServerStartException(
                $"Cannot start: {prefix} has TLS of its own, and {stage.MonitoringPurpose} has TLS too; write the prefix with http://.");
        }

        var secured = prefix with { Scheme = "https" };
        return TlsSupport.IsIncluded
            ? secured with
            {
                Openers = [.. prefix.Openers ?? [], new TlsOpener(prefix.Name ?? secured.ToString(), () => stage.MonitoringTls!)],
            }
            : throw new ServerStartException($"Cannot start: {secured} cannot be served: {TlsSupport.Missing}.");
    }
}
