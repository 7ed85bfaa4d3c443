// Owns: the method echo.

namespace JsonRpc.Methods;

internal static class Echo
{
    /// <summary><c>echo</c>: any params → the same, byte for byte; no params → null.</summary>
    public static ValueTask<RpcError?> Call(RpcCall call)
    {
        if (!call.Params.IsEmpty)
        {
            call.Result.WriteRawValue(call.Params.Span, skipInputValidation: true);    // Validated when the message was read.
        }

        return default;
    }
}
