"""The ROC-AUC room: points (FPR, TPR), or labels with scores, go in; the curve, the area under it by trapezoids, its
hull, partial areas, the best points to work at and a confidence interval come out, each as a named tuple.
"""
