#include "pooling.h"

#include <string.h>
#include "vector_math.h"

/// The cells of a window that lie in the image: rows y0..<y1 and columns x0..<x1 of it.
typedef struct {
    intptr_t top, left, y0, y1, x0, x1;
} window;

NNC_INLINE window window_at(const nnc_pool2d *s, intptr_t oy, intptr_t ox) {
    window w = {.top = oy * s->strideHeight - s->padTop, .left = ox * s->strideWidth - s->padLeft};
    w.y0 = w.top < 0 ? 0 : w.top;
    w.x0 = w.left < 0 ? 0 : w.left;
    w.y1 = w.top + s->poolHeight > s->height ? s->height : w.top + s->poolHeight;
    w.x1 = w.left + s->poolWidth > s->width ? s->width : w.left + s->poolWidth;
    return w;
}

// A later cell takes over only if it is greater, or the first that is not a number.
NNC_INLINE int takes_over(float value, float best) { return (value > best) | ((value != value) & (best == best)); }

enum { BLOCK = 16 };

/// The maxima of one window over `width` channels, at most BLOCK, kept in registers while the cells go by.
NNC_INLINE void max_block(
    const float *x, float *y, uint8_t *indices, const nnc_pool2d *s, window w, intptr_t width
) {
    float best[BLOCK];
    int32_t places[BLOCK];
    const float *cell = x + (w.y0 * s->width + w.x0) * s->channels;
    int32_t first = (int32_t)((w.y0 - w.top) * s->poolWidth + (w.x0 - w.left));
    for (intptr_t c = 0; c < width; c++) best[c] = cell[c], places[c] = first;
    for (intptr_t iy = w.y0; iy < w.y1; iy++) {
        int32_t place = (int32_t)((iy - w.top) * s->poolWidth + (w.x0 - w.left));
        cell = x + (iy * s->width + w.x0) * s->channels;
        for (intptr_t ix = w.x0; ix < w.x1; ix++, place++, cell += s->channels)
            for (intptr_t c = 0; c < width; c++) {
                int take = takes_over(cell[c], best[c]);
                best[c] = take ? cell[c] : best[c];
                places[c] = take ? place : places[c];
            }
    }
    for (intptr_t c = 0; c < width; c++) y[c] = best[c];
    if (indices)
        for (intptr_t c = 0; c < width; c++) indices[c] = (uint8_t)places[c];
}

NNC_CLONES
void nnc_max_pool(const float *restrict x, float *restrict y, uint8_t *restrict indices, const nnc_pool2d *s) {
    intptr_t channels = s->channels;
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, y += channels, indices += indices ? channels : 0) {
            window w = window_at(s, oy, ox);
            if (w.y0 >= w.y1 || w.x0 >= w.x1) {
                memset(y, 0, (size_t)channels * sizeof(float));
                if (indices) memset(indices, 255, (size_t)channels);
                continue;
            }
            intptr_t c = 0;
            for (; c + BLOCK <= channels; c += BLOCK) max_block(x + c, y + c, indices ? indices + c : NULL, s, w, BLOCK);
            if (c < channels) max_block(x + c, y + c, indices ? indices + c : NULL, s, w, channels - c);
        }
}

NNC_CLONES
void nnc_max_pool_gradient(const float *restrict dy, const uint8_t *restrict indices, float *restrict dx, const nnc_pool2d *s) {
    intptr_t channels = s->channels;
    memset(dx, 0, (size_t)(s->height * s->width * channels) * sizeof(float));
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, dy += channels, indices += channels) {
            window w = window_at(s, oy, ox);
            for (intptr_t iy = w.y0; iy < w.y1; iy++)
                for (intptr_t ix = w.x0; ix < w.x1; ix++) {
                    float *cell = dx + (iy * s->width + ix) * channels;
                    uint8_t place = (uint8_t)((iy - w.top) * s->poolWidth + (ix - w.left));
                    for (intptr_t c = 0; c < channels; c++) cell[c] += indices[c] == place ? dy[c] : 0.0f;
                }
        }
}

NNC_CLONES
void nnc_average_pool(const float *restrict x, float *restrict y, const nnc_pool2d *s) {
    intptr_t channels = s->channels;
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, y += channels) {
            window w = window_at(s, oy, ox);
            memset(y, 0, (size_t)channels * sizeof(float));
            if (w.y0 >= w.y1 || w.x0 >= w.x1) continue;
            for (intptr_t iy = w.y0; iy < w.y1; iy++)
                for (intptr_t ix = w.x0; ix < w.x1; ix++) {
                    const float *cell = x + (iy * s->width + ix) * channels;
                    for (intptr_t c = 0; c < channels; c++) y[c] += cell[c];
                }
            float share = 1.0f / (float)((w.y1 - w.y0) * (w.x1 - w.x0));
            for (intptr_t c = 0; c < channels; c++) y[c] *= share;
        }
}

NNC_CLONES
void nnc_average_pool_gradient(const float *restrict dy, float *restrict dx, const nnc_pool2d *s) {
    intptr_t channels = s->channels;
    memset(dx, 0, (size_t)(s->height * s->width * channels) * sizeof(float));
    for (intptr_t oy = 0; oy < s->outHeight; oy++)
        for (intptr_t ox = 0; ox < s->outWidth; ox++, dy += channels) {
            window w = window_at(s, oy, ox);
            if (w.y0 >= w.y1 || w.x0 >= w.x1) continue;
            float share = 1.0f / (float)((w.y1 - w.y0) * (w.x1 - w.x0));
            for (intptr_t iy = w.y0; iy < w.y1; iy++)
                for (intptr_t ix = w.x0; ix < w.x1; ix++) {
                    float *cell = dx + (iy * s->width + ix) * channels;
                    for (intptr_t c = 0; c < channels; c++) cell[c] += dy[c] * share;
                }
        }
}
