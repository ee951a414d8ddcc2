-- As much of S3 as a benchmark needs, for nginx, so cheap that the client is what limits. It is no server for anything else:
-- signatures and checksums are not looked at, and what is uploaded is thrown away; only its size and ETag are remembered.
--
-- The objects are files below root/. Their listing is the file "index": a line a key, in order, as it stands in a listing.
-- Keys have only characters that neither XML nor URLs escape.

local ffi = require "ffi"
ffi.cdef [[
int open(const char *path, int flags, ...);
void *mmap(void *start, size_t length, int protection, int flags, int file, long offset);
void *memchr(const void *bytes, int byte, size_t length);
]]

local S3 = {}
local settings = ngx.shared.settings
local counts = ngx.shared.counts
local uploaded = ngx.shared.uploaded

local OPENING = "<Contents><Key>"
local XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
-- What no client takes for an MD5.
local OPAQUE = "00000000000000000000000000000000-1"

local text, key_count
local offsets = {}

-- Maps the index into memory, once, before the workers are forked.
function S3.load(path, size)
    local READ_ONLY, PRIVATE = 1, 2
    local file = ffi.C.open(path, 0)
    text = ffi.cast("const char *", ffi.C.mmap(nil, size, READ_ONLY, PRIVATE, file, 0))
    local lines = ffi.new("int32_t[?]", size / #OPENING + 2)
    local count, position = 0, 0
    while position < size do
        lines[count] = position
        count = count + 1
        local newline = ffi.cast("const char *", ffi.C.memchr(text + position, 10, size - position))
        position = tonumber(newline - text) + 1
    end
    lines[count] = size
    offsets, key_count = lines, count
end

local function key_at(index)
    local start = offsets[index] + #OPENING
    local finish = ffi.cast("const char *", ffi.C.memchr(text + start, 60, offsets[index + 1] - start))
    return ffi.string(text + start, finish - (text + start))
end

-- The first key that is not below `key`.
local function position_of(key)
    local low, high = 0, key_count
    while low < high do
        local middle = math.floor((low + high) / 2)
        if key_at(middle) < key then
            low = middle + 1
        else
            high = middle
        end
    end
    return low
end

-- The position behind all keys that begin so.
local function position_behind(prefix)
    return prefix == "" and key_count or position_of(prefix .. "\255")
end

local function etag_of(key)
    local index = position_of(key)
    if index < key_count and key_at(index) == key then
        local line = ffi.string(text + offsets[index], offsets[index + 1] - offsets[index])
        return line:match("&quot;(.-)&quot;")
    end
end

local function escape(value)
    return (value:gsub("[&<>%c]", function(character)
        return string.format("&#%d;", character:byte())
    end))
end

local function send(status, body)
    ngx.status = status
    ngx.header["Content-Type"] = "application/xml"
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

function S3.refuse(status, code)
    send(status, XML .. "<Error><Code>" .. code .. "</Code><Message>" .. code .. "</Message></Error>")
end

-- Everything waits here: for the latency of a line, and one more round trip for each new connection.
function S3.arrive()
    local latency = settings:get("latency")
    if latency > 0 then
        ngx.sleep(ngx.var.connection_requests == "1" and 2 * latency or latency)
    end
    local limit = settings:get("limit")
    if limit > 0 and counts:incr("second " .. ngx.time(), 1, 0, 5) > limit then
        counts:incr("refused", 1, 0)
        S3.refuse(503, "SlowDown")
        return ngx.exit(503)
    end
    -- The objects never change, and nginx would compare with an ETag of its own.
    ngx.req.clear_header("If-Match")
end

function S3.count()
    counts:incr("requests", 1, 0)
    counts:incr("received", tonumber(ngx.var.request_length), 0)
end

-- Sets what the next run meets and begins to count anew.
function S3.begin()
    local arguments = ngx.req.get_uri_args()
    settings:set("latency", tonumber(arguments.latency))
    settings:set("limit", tonumber(arguments.limit))
    counts:flush_all()
    uploaded:flush_all()
    ngx.print("ready")
end

function S3.report()
    local values = {}
    for _, name in ipairs { "requests", "received", "refused" } do
        values[#values + 1] = string.format('"%s": %d', name, counts:get(name) or 0)
    end
    ngx.print("{" .. table.concat(values, ", ") .. "}")
end

local function list()
    local arguments = ngx.req.get_uri_args()
    local function argument(name)
        return type(arguments[name]) == "string" and arguments[name] or ""
    end
    local prefix, delimiter = argument("prefix"), argument("delimiter")
    local most = math.min(tonumber(argument("max-keys")) or 1000, 1000)
    local token = argument("continuation-token") .. argument("marker")
    local after = token .. argument("start-after")

    local stop = position_behind(prefix)
    local position = position_of(prefix)
    if after ~= "" then
        -- A token that is a common prefix stands for all keys below it.
        local is_group = token ~= "" and delimiter ~= "" and token:sub(-#delimiter) == delimiter
        position = math.max(position, is_group and position_behind(after) or position_of(after .. "\0"))
    end

    local contents, count, last
    if delimiter == "" then
        local finish = math.max(position, math.min(position + most, stop))
        count = finish - position
        contents = ffi.string(text + offsets[position], offsets[finish] - offsets[position])
        position = finish
        last = count > 0 and key_at(finish - 1) or ""
    else
        local lines = {}
        while position < stop and #lines < most do
            local key = key_at(position)
            local _, finish = key:find(delimiter, #prefix + 1, true)
            if finish then
                last = key:sub(1, finish)
                lines[#lines + 1] = "<CommonPrefixes><Prefix>" .. last .. "</Prefix></CommonPrefixes>"
                position = position_behind(last)
            else
                last = key
                lines[#lines + 1] = ffi.string(text + offsets[position], offsets[position + 1] - offsets[position])
                position = position + 1
            end
        end
        contents, count = table.concat(lines), #lines
    end

    local truncated = position < stop and count > 0
    local next_page = ""
    if truncated then
        next_page = "<NextContinuationToken>" .. last .. "</NextContinuationToken><NextMarker>" .. last .. "</NextMarker>"
    end
    send(200, table.concat {
        XML, '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name><Prefix>', escape(prefix), "</Prefix>",
        "<KeyCount>", count, "</KeyCount><MaxKeys>", most, "</MaxKeys><IsTruncated>", tostring(truncated), "</IsTruncated>",
        next_page, contents, "</ListBucketResult>",
    })
end

-- Requests to the bucket itself.
function S3.bucket()
    local arguments = ngx.req.get_uri_args()
    if ngx.req.get_method() ~= "GET" then
        return send(200, "")
    elseif arguments.location then
        return send(200, XML .. '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')
    elseif arguments.uploads then
        return send(200, XML .. "<ListMultipartUploadsResult><Bucket>bench</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>")
    elseif arguments.versioning then
        return send(200, XML .. "<VersioningConfiguration/>")
    end
    list()
end

local function put(arguments)
    ngx.req.read_body()
    local headers = ngx.req.get_headers()
    local size = tonumber(headers["x-amz-decoded-content-length"] or headers["content-length"]) or 0
    local md5 = headers["content-md5"] and ngx.decode_base64(headers["content-md5"])
    local etag = md5 and md5:gsub(".", function(byte) return string.format("%02x", byte:byte()) end)
    if arguments.uploadId then
        uploaded:incr(arguments.uploadId, size, 0)
    else
        -- Uploads send the files of data/ to another place, so the MD5 is known without summing.
        etag = etag or etag_of((ngx.var.uri:gsub("^/bench/[^/]*/", "data/")))
        uploaded:set(ngx.var.uri, size)
    end
    ngx.header["ETag"] = '"' .. (etag or OPAQUE) .. '"'
    send(200, "")
end

local function complete(upload_id)
    ngx.req.read_body()
    local sums, count = {}, 0
    for etag in (ngx.req.get_body_data() or ""):gmatch("<ETag>(.-)</ETag>") do
        count = count + 1
        local digits = etag:match("%x+")
        if digits and #digits == 32 then
            sums[#sums + 1] = digits:gsub("..", function(byte) return string.char(tonumber(byte, 16)) end)
        end
    end
    local etag = #sums == count and ngx.md5(table.concat(sums)) .. "-" .. count or OPAQUE
    uploaded:set(ngx.var.uri, uploaded:get(upload_id) or 0)
    send(200, XML .. "<CompleteMultipartUploadResult><Bucket>bench</Bucket><Key>" .. ngx.var.uri:sub(8)
        .. "</Key><ETag>&quot;" .. etag .. "&quot;</ETag></CompleteMultipartUploadResult>")
end

-- Requests to an object, but for GET and HEAD of files, which nginx does.
function S3.object()
    local method, arguments = ngx.req.get_method(), ngx.req.get_uri_args()
    if method == "PUT" then
        put(arguments)
    elseif method == "DELETE" then
        ngx.status = 204
    elseif arguments.uploads then
        local upload_id = ngx.md5(ngx.var.uri .. ngx.now() .. math.random())
        send(200, XML .. "<InitiateMultipartUploadResult><Bucket>bench</Bucket><Key>" .. ngx.var.uri:sub(8)
            .. "</Key><UploadId>" .. upload_id .. "</UploadId></InitiateMultipartUploadResult>")
    elseif arguments.uploadId then
        complete(arguments.uploadId)
    else
        S3.refuse(501, "NotImplemented")
    end
end

-- The headers of a file that nginx sends.
function S3.headers()
    local etag = etag_of(ngx.var.uri:sub(8))
    if etag then
        ngx.header["ETag"] = '"' .. etag .. '"'
    end
end

-- No such file: HEAD may mean what was uploaded a moment ago.
function S3.missing()
    local size = uploaded:get(ngx.var.uri)
    if not size then
        return S3.refuse(404, "NoSuchKey")
    end
    ngx.status = 200
    ngx.header["Content-Length"] = size
    ngx.header["ETag"] = '"' .. OPAQUE .. '"'
    ngx.header["Last-Modified"] = ngx.http_time(ngx.time())
end

return S3
