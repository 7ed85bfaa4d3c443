// Owns: the limits of one method.

namespace TinyHost.JsonRpc;

/// <summary>How many calls of a method run at a time, and how many wait (<see cref="JsonRpcOptions.Methods"/>).</summary>
public sealed class JsonRpcMethodLimits
{
    /// <summary>Most calls of the method that run at a time. Default 0: no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public int MaxConcurrent { get; set => field = JsonRpcOptions.AtLeast(0, value, nameof(MaxConcurrent)); }

    /// <summary>
    /// Most calls that wait while <see cref="MaxConcurrent"/> others run. A call beyond them is answered with −32005, and if it is not part
    /// of a batch, with the status 503 and Retry-After. Default 0: none waits.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public int MaxQueued { get; set => field = JsonRpcOptions.AtLeast(0, value, nameof(MaxQueued)); }
}
