"""The silhouette room: rows of numbers with a label each go in; for every point how much nearer its own cluster it lies
than the nearest other one comes out, with the means of the clusters and of all.
"""
