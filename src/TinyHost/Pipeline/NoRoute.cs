// Owns: the answers of routes to requests without a route, RFC 9110 §9.3.7, §15.5.5, §15.5.6, §15.6.2.

namespace TinyHost;

internal static class NoRoute
{
    private static readonly string[] s_getAndHead = ["GET", "HEAD"];

    internal static Task AnswerAsync(
        RequestContext context, RouteNode root, List<Route> all, Func<RequestContext, Task>? notFound)
    {
        var request = context.Request;
        var response = context.Response;
        if (request.Method is "CONNECT" or "TRACE")
        {
            // The server has neither, whatever the path.
            return response.AnswerErrorAsync(501);
        }

        // OPTIONS * asks about the server as a whole.
        var allowed = request.Path == "*" ? all
            : request.Allocations.Make((request, root), static table => FindAllowed(table.request, table.root));
        if (allowed.Count == 0 && request.Path != "*")
        {
            return notFound is null ? response.AnswerErrorAsync(404) : NotFoundAsync(context, notFound);
        }

        if (!request.IsMethodDefined && !HasMethod(all, request.Method))
        {
            // No other resource would allow the method either.
            return response.AnswerErrorAsync(501);
        }

        response.Fields["Allow"] = AllowField(allowed);
        if (request.Method != "OPTIONS")
        {
            return response.AnswerErrorAsync(405);
        }

        response.StatusCode = 204;
        response.ResetContent();
        return Task.CompletedTask;
    }

    private static bool HasMethod(List<Route> routes, string method) => routes.Exists(route => route.Method == method);

    private static Task NotFoundAsync(RequestContext context, Func<RequestContext, Task> handler)
    {
        context.Response.StatusCode = 404;
        return handler(context) ?? throw HandlerFailure.ReturnedNull(handler, "The handler of NotFound");
    }

    private static List<Route> FindAllowed(Request request, RouteNode root)
    {
        List<Route> allowed = [];
        if (request.Path.StartsWith('/'))
        {
            root.Find(request.Path, request.Method, allowed);
        }

        return allowed;
    }

    private static string AllowField(List<Route> routes)
    {
        var methods = routes.SelectMany(route => route.Method == "GET" ? s_getAndHead : [route.Method]);
        return string.Join(", ", methods.Append("OPTIONS").Distinct());
    }
}
