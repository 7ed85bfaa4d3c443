// Owns: the handler of the live fuzzer, which follows a random plan and records how far it got.

using System.Buffers;
using System.Text;

namespace TinyHost.Tests.Conformance;

/// <summary>The record of one call of the handler.</summary>
internal sealed class FuzzRecord(string method, string target, bool isHttp10, FuzzPlan plan)
{
    internal string Method => method;

    internal string Target => target;

    internal bool IsHttp10 => isHttp10;

    internal FuzzPlan Plan => plan;

    /// <summary>True once the handler has ended without an exception.</summary>
    internal bool Succeeded { get; set; }

    /// <summary>The exception that ended the handler.</summary>
    internal Exception? Failure { get; set; }

    internal bool HadStarted { get; set; }

    /// <summary>RFC 9110 §6.4.1, §15.3.6, §9.3.6.</summary>
    internal bool HasContent => plan.Status is not (204 or 205 or 304) && !(method == "CONNECT" && plan.Status < 300);

    /// <summary>True if the plan itself violates the rules for responses, so that an error is logged.</summary>
    internal bool MayBeLogged =>
        plan.Failure != FuzzFailure.None
        || plan.LeavesBehind != FuzzLeftBehind.Nothing
        || plan.DeclaredDifference is not null and not 0
        || (!HasContent && plan.Content.Length > 0);
}

internal sealed class FuzzHandler(Random random)
{
    /// <summary>The content written by code that a handler left behind.</summary>
    internal const char LeftBehindLetter = 'z';

    private readonly List<FuzzRecord> _records = [];
    private readonly List<Task> _leftBehind = [];

    /// <summary>The calls so far; the last one may be in progress.</summary>
    internal IReadOnlyList<FuzzRecord> Records => _records;

    /// <summary>Completes when all code that handlers left behind has ended. Fails if any of it failed unexpectedly.</summary>
    internal Task LeftBehindAsync() => Task.WhenAll(_leftBehind);

    internal async Task HandleAsync(RequestContext context)
    {
        var plan = new FuzzPlan(random);
        var request = context.Request;
        var record = new FuzzRecord(request.Method, request.Target, request.Version.Minor == 0, plan);
        _records.Add(record);
        try
        {
            await RunAsync(context, plan);
            record.Succeeded = true;
        }
        catch (Exception e)
        {
            record.Failure = e;
            throw;
        }
        finally
        {
            record.HadStarted = context.Response.HasStarted;
        }
    }

    private async Task RunAsync(RequestContext context, FuzzPlan plan)
    {
        if (plan.LeavesItEarly)
        {
            LeaveBehind(context, plan);
        }

        FailIf(plan, FuzzFailure.BeforeReading);
        if (plan.Yields)
        {
            await Task.Yield();
        }

        try
        {
            await ReadAsync(context.Request.Body, plan);
        }
        catch (RequestRejectedException) when (plan.CatchesRefusal)
        {
            // A careless handler ignores it.
        }

        if (plan.Failure == FuzzFailure.Abort)
        {
            context.Abort();
        }

        FailIf(plan, FuzzFailure.BeforeWriting);
        await WriteAsync(context.Response, plan);
        if (!plan.LeavesItEarly)
        {
            LeaveBehind(context, plan);
        }

        FailIf(plan, FuzzFailure.AfterWriting);
    }

    private void LeaveBehind(RequestContext context, FuzzPlan plan)
    {
        if (plan.LeavesBehind != FuzzLeftBehind.Nothing)
        {
            _leftBehind.Add(ContinueAsync(context.Request.Body, context.Response, plan));
        }
    }

    private static async Task ContinueAsync(RequestBody body, Response response, FuzzPlan plan)
    {
        var octets = new byte[plan.ReadSize];
        Array.Fill(octets, (byte)LeftBehindLetter);
        try
        {
            for (var i = 0; i < 4; i++)
            {
                switch (plan.LeavesBehind)
                {
                    case FuzzLeftBehind.Reads:
                        await body.ReadAsync(octets);
                        break;
                    case FuzzLeftBehind.ReadAll:
                        await body.ReadAllAsync(plan.ReadSize);
                        break;
                    case FuzzLeftBehind.Copy:
                        await body.AsStream().CopyToAsync(Stream.Null);
                        break;
                    default:
                        await response.WriteAsync(octets);
                        await response.FlushAsync();
                        break;
                }

                await Task.Yield();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The request has ended, its content was refused, or its peer has gone.
        }
    }

    private static async Task ReadAsync(RequestBody body, FuzzPlan plan)
    {
        var buffer = new byte[plan.ReadSize];
        switch (plan.Reading)
        {
            case FuzzReading.Once:
                await body.ReadAsync(buffer);
                break;
            case FuzzReading.Everything:
                while (await body.ReadAsync(buffer) > 0)
                {
                }

                break;
            case FuzzReading.AtOnce:
                await body.ReadAllAsync(plan.ReadSize);
                break;
            case FuzzReading.AsStream:
                await body.AsStream().CopyToAsync(Stream.Null);
                break;
        }
    }

    private static async Task WriteAsync(Response response, FuzzPlan plan)
    {
        response.StatusCode = plan.Status;
        response.Fields["X-Plan"] = "fuzz";
        if (plan.Closes)
        {
            response.CloseConnection();
        }

        if (plan.DeclaredDifference is { } difference)
        {
            response.ContentLength = Math.Max(0, plan.Content.Sum(piece => piece.Length) + difference);
        }

        if (plan.HasTrailers)
        {
            response.Trailers["X-Trailer"] = "fuzz";
        }

        if (plan.FlushesFirst)
        {
            await response.FlushAsync();
        }

        foreach (var piece in plan.Content)
        {
            var octets = Encoding.ASCII.GetBytes(piece);
            if (plan.UsesBufferWriter)
            {
                response.Write(octets);
            }
            else
            {
                await response.WriteAsync(octets);
            }

            if (plan.FlushesBetween)
            {
                await response.FlushAsync();
            }
        }
    }

    private static void FailIf(FuzzPlan plan, FuzzFailure failure)
    {
        if (plan.Failure == failure)
        {
            throw new DeliberateException();
        }
    }
}

/// <summary>A failure that a test asked for.</summary>
internal sealed class DeliberateException : Exception;
