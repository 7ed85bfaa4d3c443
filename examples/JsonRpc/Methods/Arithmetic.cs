// Owns: the methods add, subtract and sum.

namespace JsonRpc.Methods;

internal static class Arithmetic
{
    private static readonly RpcError s_addParams = RpcError.InvalidParams("add takes two numbers: [a, b] or {\"a\": …, \"b\": …}");
    private static readonly RpcError s_subtractParams = RpcError.InvalidParams(
        "subtract takes two numbers: [minuend, subtrahend] or {\"minuend\": …, \"subtrahend\": …}");
    private static readonly RpcError s_sumParams = RpcError.InvalidParams("sum takes numbers: [n, …] or {\"values\": [n, …]}");
    private static readonly RpcError s_tooLarge = RpcError.InvalidParams("the result is too large for a number of JSON");

    /// <summary><c>add</c>: <c>[a, b]</c> or <c>{"a": …, "b": …}</c> → a + b.</summary>
    public static ValueTask<RpcError?> Add(RpcCall call) =>
        RpcArguments.TryReadTwo(call.Params.Span, "a"u8, "b"u8, out var a, out var b)
            ? Answer(call, RpcNumber.Add(a, b))
            : new(s_addParams);

    /// <summary><c>subtract</c>: <c>[minuend, subtrahend]</c> or <c>{"minuend": …, "subtrahend": …}</c> → the difference.</summary>
    public static ValueTask<RpcError?> Subtract(RpcCall call) =>
        RpcArguments.TryReadTwo(call.Params.Span, "minuend"u8, "subtrahend"u8, out var minuend, out var subtrahend)
            ? Answer(call, RpcNumber.Subtract(minuend, subtrahend))
            : new(s_subtractParams);

    /// <summary><c>sum</c>: any number of numbers, as an array or as <c>{"values": […]}</c> → their sum.</summary>
    public static ValueTask<RpcError?> Sum(RpcCall call) =>
        RpcArguments.TrySum(call.Params.Span, "values"u8, out var sum)
            ? Answer(call, sum)
            : new(s_sumParams);

    private static ValueTask<RpcError?> Answer(RpcCall call, RpcNumber number) => new(number.TryWriteTo(call.Result) ? null : s_tooLarge);
}
